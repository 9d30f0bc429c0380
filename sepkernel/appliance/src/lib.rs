//! Builds the Cloister appliance image and runs it.

#![forbid(unsafe_code)]

pub mod auditor;
pub mod bench;
pub mod build;
pub mod commands;
pub mod doctor;
pub mod machine;
pub mod milestone;
pub mod outcome;
pub mod progress;
pub mod report;
pub mod story;
pub mod watch;
pub mod workspace;
