//! `cloister-attest`: enrols machines, challenges them, appraises their evidence.

#![forbid(unsafe_code)]

use std::{io, process::ExitCode};

use clap::Parser as _;
use cloister_attest::cli::Cli;

fn main() -> ExitCode {
    ExitCode::from(Cli::parse().run(&mut io::stdout().lock()))
}
