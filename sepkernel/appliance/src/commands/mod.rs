//! The subcommands.

pub mod bench;
pub mod build;
pub mod doctor;
pub mod enrol;
pub mod gate;
pub mod run;
