//! `explain A B`.

use std::{io::Write, path::PathBuf};

use clap::Args;

use super::{Answer, QuestionError, node, read, write_errors};
use crate::questions;

/// Says whether data may get from one place to another, by which path, and which lines decide it
#[derive(Args, Clone, Debug)]
pub struct ExplainArgs {
    /// The policy file
    pub policy: PathBuf,
    /// The world, component or outside network that has the data
    pub from: String,
    /// The one that might get it
    pub to: String,
}

impl ExplainArgs {
    /// Writes the answer.
    ///
    /// # Errors
    /// When the policy has errors or a name is not in it.
    pub fn run(&self, out: &mut dyn Write) -> Result<Answer, QuestionError> {
        let reviewed = read(&self.policy)?;
        let (from, to) = (node(&reviewed, &self.from)?, node(&reviewed, &self.to)?);
        write!(out, "{}", questions::explain(&reviewed, from, to))?;
        write_errors(&reviewed, out)?;
        Ok(Answer::Fine)
    }
}
