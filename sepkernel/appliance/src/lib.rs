//! Builds the Cloister appliance image and runs it.

#![forbid(unsafe_code)]

pub mod build;
pub mod machine;
pub mod progress;
pub mod workspace;
