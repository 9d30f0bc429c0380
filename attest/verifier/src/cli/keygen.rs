//! `keygen`: a key for signing reference values.

use std::{io::Write, path::PathBuf};

use crate::key::SecretKey;
use clap::Args;

use super::{Answer, Result};

/// Make a key for signing reference values
#[derive(Args, Debug)]
pub struct KeygenArgs {
    /// Where the secret key goes (PEM); the public one goes beside it, with the extension `pub`
    output: PathBuf,
}

impl KeygenArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        let key = SecretKey::generate()?;
        let public = self.output.with_extension("pub");
        key.public().create(&public)?;
        key.create(&self.output)?;
        writeln!(out, "{}: the secret key, readable by you only", self.output.display())?;
        writeln!(out, "{}: for auditors", public.display())?;
        Ok(Answer::Yes)
    }
}
