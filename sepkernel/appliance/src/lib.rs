//! Builds the Cloister appliance image and runs it.

#![forbid(unsafe_code)]

pub mod build;
