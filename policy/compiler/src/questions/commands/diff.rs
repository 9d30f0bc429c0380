//! `diff OLD NEW`: in flows and rights, not in text.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;

use super::{Answer, QuestionError, comparison, read, write_errors};
use crate::questions::Reviewed;

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
        write_version(&old, &new, out)?;
        write_errors(&new, out)?;
        Ok(answer)
    }
}

/// Says when a policy that replaces another does not have a higher version.
fn write_version(old: &Reviewed, new: &Reviewed, out: &mut dyn Write) -> io::Result<()> {
    let version =
        |reviewed: &Reviewed| reviewed.policy.system.version.map_or(0, |version| version.value);
    let (before, after) = (version(old), version(new));
    if old.source.text() != new.source.text() && after <= before {
        writeln!(
            out,
            "\nThe version does not grow ({before} to {after}): raise it, or an appliance can be \
             made to run the old policy again."
        )?;
    }
    Ok(())
}
