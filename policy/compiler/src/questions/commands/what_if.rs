//! `what-if`: what a change would make possible, before anybody makes it.

use std::{io::Write, path::PathBuf};

use clap::Args;

use super::{Answer, QuestionError, comparison, read, review, write_errors};
use crate::questions::{Edit, apply};

/// Applies a change in thought and says what it makes possible; exit status 1 when anything gets wider
#[derive(Args, Clone, Debug)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
pub struct WhatIfArgs {
    /// The policy file, which stays as it is
    pub policy: PathBuf,
    /// A TOML file whose tables and keys are added to the policy's or take their place
    #[arg(group = "change")]
    pub fragment: Option<PathBuf>,
    /// A key and its new value, such as `guard.release.content.max=8 KiB`
    #[arg(long, value_name = "KEY=VALUE", group = "change")]
    pub set: Vec<String>,
    /// A table or key that goes, such as `guard.release`
    #[arg(long, value_name = "KEY", group = "change")]
    pub unset: Vec<String>,
}

impl WhatIfArgs {
    /// Writes what would change.
    ///
    /// # Errors
    /// When the policy has errors, with or without the change, or the change cannot be applied.
    pub fn run(&self, out: &mut dyn Write) -> Result<Answer, QuestionError> {
        let old = read(&self.policy)?;
        let mut edits = Vec::new();
        if let Some(path) = &self.fragment {
            let fragment = std::fs::read_to_string(path)
                .map_err(|source| QuestionError::Read { path: path.clone(), source })?;
            edits.push(Edit::Merge(fragment));
        }
        edits.extend(self.unset.iter().cloned().map(Edit::Unset));
        edits.extend(self.set.iter().cloned().map(Edit::Set));
        let text = apply(old.source.text(), &edits)?;
        let new = review(&format!("{} with the change", old.source.name), &text)?;
        let answer = comparison::write(&old, &new, out)?;
        write_errors(&new, out)?;
        Ok(answer)
    }
}
