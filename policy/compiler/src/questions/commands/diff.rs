//! `diff OLD NEW`: in flows and rights, not in text.

use std::{io::Write, path::PathBuf};

use clap::Args;

use super::{Answer, QuestionError, comparison, read, write_errors};

/// Compares two policies in flows and rights; exit status 1 when anything gets wider
#[derive(Args, Clone, Debug)]
pub struct DiffArgs {
    /// The policy file as it was
    pub old: PathBuf,
    /// The policy file as it is to be
    pub new: PathBuf,
}

impl DiffArgs {
    /// Writes the differences.
    ///
    /// # Errors
    /// When one of the policies has errors.
    pub fn run(&self, out: &mut dyn Write) -> Result<Answer, QuestionError> {
        let (old, new) = (read(&self.old)?, read(&self.new)?);
        let answer = comparison::write(&old, &new, out)?;
        write_errors(&new, out)?;
        Ok(answer)
    }
}
