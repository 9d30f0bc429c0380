//! What can go wrong with a command.

use core::fmt;

use tpm2_protocol::{TpmError as ProtocolError, data::TpmCc};

/// What went wrong with a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TpmError<E> {
    /// The message did not get through.
    Transport(E),
    /// The command cannot be written.
    Command(ProtocolError),
    /// The answer cannot be read.
    Answer(ProtocolError),
    /// The answer is not one to this command.
    Unexpected(&'static str),
    /// The TPM refused (Part 2, 6.6).
    Refused {
        /// The command.
        command: TpmCc,
        /// The return code.
        code: u32,
    },
}

impl<E: fmt::Display> fmt::Display for TpmError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => write!(f, "the TPM cannot be reached: {error}"),
            Self::Command(error) => write!(f, "a TPM command cannot be written: {error:?}"),
            Self::Answer(error) => write!(f, "the TPM's answer cannot be read: {error:?}"),
            Self::Unexpected(what) => write!(f, "the TPM gave {what}"),
            Self::Refused { command, code } => {
                write!(f, "the TPM refused {command:?} with code {code:#05x}")
            }
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for TpmError<E> {}
