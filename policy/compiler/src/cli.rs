//! The command line.

mod bench;
mod compile;
mod format;
mod init;
mod input;
mod lists;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use cloister_policy::{
    questions::{self, QuestionError},
    signing::{self, SigningError},
};

/// Checks, compiles, explains and signs policies of the Cloister appliance.
#[derive(Debug, Parser)]
#[command(
    name = "cloister-policy",
    version,
    about,
    after_help = "Exit status: 0 when all is well, 1 when errors were found or an answer is no, \
        2 when the command could not be carried out.",
    after_long_help = "Exit status: 0 when all is well, 1 when errors were found or an answer is no, \
        2 when the command could not be carried out.\n\n\
        Examples:\n  \
        cloister-policy init > desk.toml\n  \
        cloister-policy check --no-images desk.toml\n  \
        cloister-policy compile --images images desk.toml -o desk.policy\n  \
        cloister-policy report --no-images desk.toml\n\n\
        Colours are used on a terminal only, and not when NO_COLOR is set."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report everything that is wrong with a policy
    Check(compile::CheckArgs),
    /// Compile a policy to the form that is signed, and write its report
    Compile(compile::CompileArgs),
    /// Tell in prose what a policy allows, to read before signing
    Report(compile::ReportArgs),
    /// Say whether data may get from one place to another, by which path and which lines
    Explain(questions::ExplainArgs),
    /// Fail unless flows are as said
    Assert(questions::AssertArgs),
    /// Say what a change would make possible, before it is made
    WhatIf(questions::WhatIfArgs),
    /// Compare two policies in flows and rights; exit status 1 when anything gets wider
    Diff(questions::DiffArgs),
    /// Draw a policy: worlds by level, every way for data between them
    Graph(questions::GraphArgs),
    /// Write a commented policy to start from
    Init(init::InitArgs),
    /// List every check: id and rule
    Checks(lists::ChecksArgs),
    /// Put a policy's text in order, keeping its comments
    Fmt(format::FmtArgs),
    /// Print the language as JSON Schema, for editors
    Schema(lists::SchemaArgs),
    /// Print completions for a shell
    Completions(lists::CompletionsArgs),
    /// Measure check and compile over policies of growing size
    Bench(bench::BenchArgs),
    /// Make an officer's key
    Keygen(signing::KeygenArgs),
    /// Sign a compiled policy
    Sign(signing::SignArgs),
    /// Verify a compiled policy and its signatures
    Verify(signing::VerifyArgs),
    /// Write the record of officers for a new appliance
    Officers(signing::OfficersArgs),
}

/// How a command ended, when nothing kept it from being carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All is well.
    Yes,
    /// Errors were found, or the answer is no.
    No,
}

impl Answer {
    /// Yes when the condition holds.
    pub fn from_condition(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// What a command returns.
pub type Result = std::result::Result<Answer, Box<dyn std::error::Error>>;

impl Cli {
    /// Carries the command out.
    pub fn run(self) -> ExitCode {
        let mut out = io::stdout().lock();
        let result = self.command.run(&mut out).and_then(|answer| {
            out.flush()?;
            Ok(answer)
        });
        match result {
            Ok(Answer::Yes) => ExitCode::SUCCESS,
            Ok(Answer::No) => ExitCode::from(1),
            // Who stopped reading has seen enough.
            Err(error) if is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
            Err(error) => {
                let _ = writeln!(io::stderr(), "cloister-policy: {error}");
                ExitCode::from(2)
            }
        }
    }
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|it| it.kind() == io::ErrorKind::BrokenPipe)
}

impl Command {
    fn run(self, out: &mut dyn Write) -> Result {
        match self {
            Self::Check(args) => args.run(out),
            Self::Compile(args) => args.run(out),
            Self::Report(args) => args.run(out),
            Self::Explain(args) => answered(args.run(out)),
            Self::Assert(args) => answered(args.run(out)),
            Self::WhatIf(args) => answered(args.run(out)),
            Self::Diff(args) => answered(args.run(out)),
            Self::Graph(args) => answered(args.run(out)),
            Self::Init(args) => args.run(out),
            Self::Checks(args) => args.run(out),
            Self::Fmt(args) => args.run(out),
            Self::Schema(args) => args.run(out),
            Self::Completions(args) => args.run(out),
            Self::Bench(args) => args.run(out),
            Self::Keygen(args) => signed(args.run(out)),
            Self::Sign(args) => signed(args.run(out)),
            Self::Verify(args) => signed(args.run(out)),
            Self::Officers(args) => signed(args.run(out)),
        }
    }
}

/// What widens, or does not hold, is the answer no.
fn answered(result: std::result::Result<questions::Answer, QuestionError>) -> Result {
    match result {
        Ok(answer) => Ok(Answer::from_condition(answer == questions::Answer::Fine)),
        Err(QuestionError::Output(error)) => Err(error.into()),
        Err(error) => Err(error.into()),
    }
}

/// A refusal is the answer no; anything else kept the command from being carried out.
fn signed(result: std::result::Result<(), SigningError>) -> Result {
    match result {
        Ok(()) => Ok(Answer::Yes),
        Err(error) if error.is_refusal() => {
            let _ = writeln!(io::stderr(), "cloister-policy: {error}");
            Ok(Answer::No)
        }
        Err(SigningError::Output(error)) => Err(error.into()),
        Err(error) => Err(error.into()),
    }
}
