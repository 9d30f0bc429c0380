//! The commands `explain`, `assert`, `what-if`, `diff` and `graph`.

mod assertion;
mod comparison;
mod diff;
mod explain;
mod graph;
mod what_if;

pub use assertion::AssertArgs;
pub use diff::DiffArgs;
pub use explain::ExplainArgs;
pub use graph::{GraphArgs, GraphFormat};
pub use what_if::WhatIfArgs;

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{EditError, Reviewed};
use crate::{flow::NodeIndex, nearest::nearest};

/// What a question's exit status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing was widened; all that was asserted holds. Exit status 0.
    Fine,
    /// Something was widened; something that was asserted does not hold. Exit status 1.
    NotFine,
}

/// Why a question cannot be answered. Exit status 2.
#[derive(Debug, Error)]
pub enum QuestionError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The policy has errors that keep the question from having an answer.
    #[error("{path} cannot be understood: {first}{more}")]
    Errors {
        /// Which file.
        path: String,
        /// The first error's message.
        first: String,
        /// `, and 2 more errors` or nothing.
        more: String,
    },
    /// A name that is not in the policy.
    #[error("there is no world, component or outside network `{name}`{suggestion}")]
    UnknownName {
        /// The name.
        name: String,
        /// `: did you mean …?` or nothing.
        suggestion: String,
    },
    /// A change that cannot be applied.
    #[error("{0}")]
    Edit(#[from] EditError),
    /// Output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

/// Reads a policy, which must be free of errors of form and names.
fn read(path: &Path) -> Result<Reviewed, QuestionError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| QuestionError::Read { path: path.to_owned(), source })?;
    review(&path.display().to_string(), &text)
}

/// Reviews a policy's text, which must be free of errors of form and names.
fn review(name: &str, text: &str) -> Result<Reviewed, QuestionError> {
    let reviewed = Reviewed::read(name, text);
    let first = reviewed.unreadable().next().map(|first| first.message.clone());
    let Some(first) = first else {
        return Ok(reviewed);
    };
    let more = match reviewed.unreadable().count() - 1 {
        0 => String::new(),
        1 => ", and one more error".to_owned(),
        count => format!(", and {count} more errors"),
    };
    Err(QuestionError::Errors { path: name.to_owned(), first, more })
}

/// Says when a policy is one that no appliance runs, and why, with lines.
fn write_errors(reviewed: &Reviewed, out: &mut dyn io::Write) -> io::Result<()> {
    let count = reviewed.errors().count();
    if count == 0 {
        return Ok(());
    }
    let errors = if count == 1 { "an error".to_owned() } else { format!("{count} errors") };
    writeln!(out, "\n{} has {errors}, so that no appliance runs it:", reviewed.source.name)?;
    for error in reviewed.errors() {
        let line = reviewed.source.position(error.span.start).line;
        writeln!(out, "  {} {} (line {line})", error.check.id, error.message)?;
    }
    Ok(())
}

/// The node of this name.
fn node(reviewed: &Reviewed, name: &str) -> Result<NodeIndex, QuestionError> {
    reviewed.node_named(name).ok_or_else(|| QuestionError::UnknownName {
        name: name.to_owned(),
        suggestion: nearest(name, reviewed.names())
            .map_or_else(String::new, |near| format!(": did you mean `{near}`?")),
    })
}
