//! The subcommands.

pub mod build;
pub mod doctor;
pub mod gate;
pub mod run;
