//! `graph`: the policy as a picture.

use std::{io::Write, path::PathBuf};

use clap::{Args, ValueEnum};

use super::{Answer, QuestionError, read};
use crate::questions::{dot, svg};

/// Draws worlds by level, with every way for data between them
#[derive(Args, Clone, Debug)]
pub struct GraphArgs {
    /// The policy file
    pub policy: PathBuf,
    /// In which form
    #[arg(long, value_enum, default_value_t = GraphFormat::Svg)]
    pub format: GraphFormat,
    /// Where the picture goes; standard output if absent
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// A picture for browsers and documents
    Svg,
    /// Text for Graphviz
    Dot,
}

impl GraphArgs {
    /// Writes the picture.
    ///
    /// # Errors
    /// When the policy has errors or the file cannot be written.
    pub fn run(&self, out: &mut dyn Write) -> Result<Answer, QuestionError> {
        let reviewed = read(&self.policy)?;
        let picture = match self.format {
            GraphFormat::Svg => svg(&reviewed),
            GraphFormat::Dot => dot(&reviewed),
        };
        match &self.output {
            None => out.write_all(picture.as_bytes())?,
            Some(path) => std::fs::write(path, picture)
                .map_err(|source| QuestionError::Write { path: path.clone(), source })?,
        }
        Ok(Answer::Fine)
    }
}
