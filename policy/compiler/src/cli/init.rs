//! `init`

use std::{
    fs::File,
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;
use cloister_policy::starter::STARTER;

use super::{Answer, Result};

/// Write a commented policy to start from
#[derive(Args, Debug)]
pub struct InitArgs {
    /// Where it is written; standard output if absent. An existing file is never overwritten
    output: Option<PathBuf>,
}

impl InitArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        match &self.output {
            None => out.write_all(STARTER.as_bytes())?,
            Some(path) => {
                let mut file = File::create_new(path).map_err(|error| {
                    let text = format!("{} cannot be made: {error}", path.display());
                    io::Error::new(error.kind(), text)
                })?;
                file.write_all(STARTER.as_bytes())?;
                writeln!(out, "{}: now write down your levels and worlds", path.display())?;
            }
        }
        Ok(Answer::Yes)
    }
}
