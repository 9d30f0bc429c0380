//! `inspect`: evidence for people to read.

use std::{io::Write, path::PathBuf};

use crate::{AttestError, inspect, output_file};
use clap::Args;

use super::{Answer, Result};

/// Show what evidence says, without verifying anything
#[derive(Args, Debug)]
pub struct InspectArgs {
    /// The evidence
    evidence: PathBuf,
}

impl InspectArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        let bytes = output_file::read(&self.evidence)?;
        let text = inspect::render(&bytes)
            .map_err(|reason| AttestError::Content { path: self.evidence.clone(), reason })?;
        write!(out, "{text}")?;
        Ok(Answer::Yes)
    }
}
