//! `cloister`: builds the appliance image, runs it, and looks after what that needs.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use cloister::{
    commands::{bench::Bench, build::Build, doctor::Doctor, enrol::Enrol, gate::Gate, run::Run},
    doctor::SetupMissing,
    machine::interrupt,
    outcome::SETUP_MISSING,
};

/// Builds the Cloister appliance, a separation kernel for a workstation, and runs it.
///
/// Without a subcommand: `run`, of the example with two worlds.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: Run,
}

#[derive(Debug, Subcommand)]
enum Command {
    Build(Build),
    Run(Run),
    Enrol(Enrol),
    Doctor(Doctor),
    Bench(Bench),
    #[command(hide = true)]
    Gate(Gate),
}

fn main() -> ExitCode {
    let Arguments { command, run } = Arguments::parse();
    let result = interrupt::install().and_then(|()| match command.unwrap_or(Command::Run(run)) {
        Command::Build(build) => build.run().map(|()| ExitCode::SUCCESS),
        Command::Run(run) => run.run(),
        Command::Enrol(enrol) => enrol.run().map(|()| ExitCode::SUCCESS),
        Command::Doctor(doctor) => Ok(doctor.run()),
        Command::Bench(bench) => bench.run().map(|()| ExitCode::SUCCESS),
        Command::Gate(gate) => gate.run().map(|()| ExitCode::SUCCESS),
    });
    result.unwrap_or_else(|error| {
        eprintln!("cloister: {error:#}");
        if error.is::<SetupMissing>() { ExitCode::from(SETUP_MISSING) } else { ExitCode::FAILURE }
    })
}
