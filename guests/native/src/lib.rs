//! What the components that test the kernel share.

#![no_std]
#![forbid(unsafe_code)]

pub mod challenge;
pub mod digest;
pub mod pattern;
pub mod random;
pub mod stack;
