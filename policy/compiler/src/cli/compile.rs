//! `check`, `compile` and `report`.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::PathBuf,
};

use clap::Args;
use cloister_policy::{compile, report};

use super::{
    Answer, Result,
    input::{FormatArgs, InputArgs, stdout_is_terminal},
};

/// Report everything that is wrong with a policy
#[derive(Args, Debug)]
#[command(after_help = "Example: cloister-policy check --no-images --deny warnings desk.toml")]
pub struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// Compile a policy to the form that is signed, and write its report
#[derive(Args, Debug)]
#[command(after_help = "Example: cloister-policy compile --images images desk.toml -o desk.policy")]
pub struct CompileArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    format: FormatArgs,
    /// Where the compiled policy is written; the policy's name with the extension `policy` if absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where the report is written; the output's name with the extension `txt` if absent
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Tell in prose what a policy allows, to read before signing
#[derive(Args, Debug)]
pub struct ReportArgs {
    #[command(flatten)]
    input: InputArgs,
}

impl CheckArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        let outcome = self.input.check()?;
        self.format.write(&outcome, stdout_is_terminal(), out)?;
        Ok(Answer::from_condition(outcome.is_sound()))
    }
}

impl CompileArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        let outcome = self.input.check()?;
        let terminal = io::stderr().is_terminal();
        self.format.write(&outcome, terminal, &mut io::stderr().lock())?;
        if !outcome.is_sound() {
            return Ok(Answer::No);
        }
        let compiled = compile::compile(&outcome)?;
        let output =
            self.output.clone().unwrap_or_else(|| self.input.policy.with_extension("policy"));
        let report = self.report.clone().unwrap_or_else(|| output.with_extension("txt"));
        write_file(&output, &compiled.bytes)?;
        write_file(&report, compiled.report.as_bytes())?;
        writeln!(out, "{}: {} bytes", output.display(), compiled.bytes.len())?;
        writeln!(out, "{}: what it allows, in prose", report.display())?;
        Ok(Answer::Yes)
    }
}

fn write_file(path: &PathBuf, bytes: &[u8]) -> io::Result<()> {
    fs::write(path, bytes).map_err(|error| {
        io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()))
    })
}

impl ReportArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        let outcome = self.input.check()?;
        if !outcome.is_sound() {
            let format = FormatArgs {
                format: super::input::Format::Human,
                color: super::input::Color::Auto,
            };
            format.write(&outcome, io::stderr().is_terminal(), &mut io::stderr().lock())?;
            return Ok(Answer::No);
        }
        write!(out, "{}", report::report(&outcome))?;
        Ok(Answer::Yes)
    }
}
