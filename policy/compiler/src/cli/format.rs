//! `fmt`

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use clap::Args;
use cloister_policy::layout;

use super::{Answer, Result, input::read_policy};

/// Put a policy's text in order, keeping its comments
#[derive(Args, Debug)]
pub struct FmtArgs {
    /// The policy file; `-` reads standard input and writes standard output
    policy: PathBuf,
    /// Change nothing, only say whether it is in order (exit status 1 if not)
    #[arg(long)]
    check: bool,
}

impl FmtArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        let text = String::from_utf8(read_policy(&self.policy)?)?;
        let ordered = match layout::format(&text) {
            Ok(ordered) => ordered,
            Err(error) => {
                writeln!(
                    std::io::stderr(),
                    "{} is not TOML; `cloister-policy check` says where: {}",
                    self.policy.display(),
                    error.message()
                )?;
                return Ok(Answer::No);
            }
        };
        if self.check {
            let same = ordered == text;
            if !same {
                writeln!(out, "{}: not in order", self.policy.display())?;
            }
            return Ok(Answer::from_condition(same));
        }
        if self.policy == Path::new("-") {
            write!(out, "{ordered}")?;
        } else if ordered != text {
            fs::write(&self.policy, ordered)?;
        }
        Ok(Answer::Yes)
    }
}
