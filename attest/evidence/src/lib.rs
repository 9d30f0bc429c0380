//! The formats of evidence.

#![no_std]
#![forbid(unsafe_code)]
