//! The command line.

mod appraise;
mod enrol;
mod inspect;
mod keygen;
mod nonce;
mod reference;

use std::{
    io::{self, Write},
    path::PathBuf,
};

use crate::{AttestError, State};
use clap::{CommandFactory as _, Parser, Subcommand};

/// Enrols machines that run Cloister, challenges them, and appraises their evidence.
#[derive(Debug, Parser)]
#[command(
    name = "cloister-attest",
    version,
    about,
    after_help = "Exit status: 0 when a machine runs what it should, 1 when not, \
        2 when that could not be found out.",
    after_long_help = "Exit status: 0 when a machine runs what it should, 1 when not, \
        2 when that could not be found out.\n\n\
        Examples:\n  \
        cloister-attest reference --manifest manifest --policy policy.bin --kernel kernel \\\n    \
        --boot-program BOOTX64.EFI --key builder.key -o desk.corim\n  \
        cloister-attest enrol desk-7.example --name desk-7 --root tpm-maker.pem\n  \
        cloister-attest challenge desk-7.example --reference desk.corim --reference-key builder.pub\n\n\
        By files, for machines without a network: nonce, then verify; enrol with --identity, then \
        with --activated."
)]
pub struct Cli {
    /// Directory with nonces and machines [default: $XDG_STATE_HOME/cloister-attest]
    #[arg(long, global = true, value_name = "DIR", env = "CLOISTER_ATTEST_STATE", hide_env = true)]
    state: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask a machine for evidence, and appraise it
    Challenge(appraise::ChallengeArgs),
    /// Appraise evidence from a file
    Verify(appraise::VerifyArgs),
    /// Make a challenge for a machine that is not on a network
    Nonce(nonce::NonceArgs),
    /// Show what evidence says, without verifying anything
    Inspect(inspect::InspectArgs),
    /// Make reference values from what an image is made of
    Reference(reference::ReferenceArgs),
    /// Make a machine known, if its TPM proves that its key is its own
    Enrol(enrol::EnrolArgs),
    /// Make a key for signing reference values
    Keygen(keygen::KeygenArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// How a command ended, when nothing kept it from being carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// All is well.
    Yes,
    /// A machine is not to be trusted.
    No,
}

type Result = std::result::Result<Answer, AttestError>;

impl Cli {
    /// Carries the command out; returns the exit status. Why it cannot be carried out goes to standard error.
    pub fn run(self, out: &mut dyn Write) -> u8 {
        let directory = self.state.unwrap_or_else(State::default_directory);
        let state = || State::open(&directory);
        let result = match self.command {
            Command::Challenge(args) => state().and_then(|state| args.run(&state, out)),
            Command::Verify(args) => state().and_then(|state| args.run(&state, out)),
            Command::Nonce(args) => state().and_then(|state| args.run(&state, out)),
            Command::Inspect(args) => args.run(out),
            Command::Reference(args) => args.run(out),
            Command::Enrol(args) => state().and_then(|state| args.run(&state, out)),
            Command::Keygen(args) => args.run(out),
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Self::command(), "cloister-attest", out);
                Ok(Answer::Yes)
            }
        };
        let result = result.and_then(|answer| {
            out.flush()?;
            Ok(answer)
        });
        match result {
            Ok(Answer::Yes) => 0,
            Ok(Answer::No) => 1,
            // Who stopped reading has seen enough.
            Err(AttestError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Err(error) => {
                let _ = writeln!(io::stderr(), "cloister-attest: {error}");
                if error.is_refusal() { 1 } else { 2 }
            }
        }
    }
}
