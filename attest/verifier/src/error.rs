//! Why a command of the tool could not be carried out, or refused.

use std::{io, path::PathBuf};

/// Why a command could not be carried out, or refused.
#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    /// A file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{path} cannot be written: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is there that would be overwritten.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// A file is not what it should be.
    #[error("{path}: {reason}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A record of the state directory is damaged.
    #[error("the state is damaged: {path}: {reason}")]
    State {
        /// The record.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A machine cannot be talked to.
    #[error("{host}: {source}")]
    Network {
        /// The machine.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// A machine does not answer as it should.
    #[error("{host}: {reason}")]
    Protocol {
        /// The machine.
        host: String,
        /// What it did.
        reason: String,
    },
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
    /// A machine is not enrolled, and why.
    #[error("not enrolled: {0}")]
    Enrolment(String),
    /// Reference values are refused, and why.
    #[error("the reference values are refused: {0}")]
    Reference(String),
    /// A result cannot be encoded.
    #[error("the result cannot be encoded: {0}")]
    Encoding(String),
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl AttestError {
    /// Whether this is an answer, that something is not to be trusted, and not a failure to find
    /// out.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Enrolment(_) | Self::Reference(_))
    }
}
