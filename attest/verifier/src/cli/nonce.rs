//! `nonce`: a challenge by file.

use std::{io::Write, path::PathBuf};

use crate::{
    AttestError, State,
    output_file::{self, Audience},
    time,
};
use clap::Args;
use cloister_evidence::exchange::Request;

use super::{Answer, Result};

/// Make a challenge for a machine that is not on a network
#[derive(Args, Debug)]
pub struct NonceArgs {
    /// Seconds for which evidence for it is taken
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    lifetime: u64,
    /// Where the request goes, for the machine to read
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl NonceArgs {
    pub fn run(&self, state: &State, out: &mut dyn Write) -> Result {
        let nonce = state.issue_nonce(time::now(), self.lifetime)?;
        if let Some(path) = &self.output {
            let mut buffer = [0; 128];
            let message = Request::Challenge { nonce: &nonce }
                .write(&mut buffer)
                .map_err(|fault| AttestError::Encoding(fault.to_string()))?;
            output_file::write(path, message, Audience::Everyone)?;
        }
        writeln!(out, "{}", hex::encode(nonce))?;
        Ok(Answer::Yes)
    }
}
