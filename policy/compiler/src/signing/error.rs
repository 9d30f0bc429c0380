//! What can go wrong when keys and signatures are handled, and what to do about it.

use std::path::PathBuf;

use cloister_policy_format::signature::{
    AnchorsError, OtherAuthor, PublicKey, Role, Rollback, SignatureError, SuccessionError,
};
use thiserror::Error;

/// Why a signing command failed.
#[derive(Debug, Error)]
pub enum SigningError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that would be overwritten.
    #[error("{} exists and is not overwritten: remove it, or choose another name", .0.display())]
    Exists(PathBuf),
    /// A secret key that others can read.
    #[error("others can read or write {}: run `chmod 600` on it, and think whether they did", .0.display())]
    Exposed(PathBuf),
    /// The passphrase cannot be asked for.
    #[error("cannot ask for the passphrase ({0}): give --passphrase-file or CLOISTER_PASSPHRASE")]
    NoTerminal(std::io::Error),
    /// The passphrase is too short to withstand guessing.
    #[error("the passphrase has {0} characters: take at least {min}", min = super::passphrase::MINIMUM)]
    ShortPassphrase(usize),
    /// The second entry of a new passphrase is not the first.
    #[error("the two passphrases differ")]
    PassphrasesDiffer,
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
    /// An officer's name is not one.
    #[error("{0}")]
    Officers(#[from] AnchorsError),
    /// A file is not a secret key.
    #[error("{} is not a secret key file: {reason}", path.display())]
    NotAKeyFile {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The passphrase is wrong, or the file was altered: the two cannot be told apart.
    #[error("{} does not open: the passphrase is wrong, or the file was altered", .0.display())]
    WrongPassphrase(PathBuf),
    /// What is to be signed is no compiled policy.
    #[error("{} is not a compiled policy ({reason}): sign what `cloister-policy compile` wrote", path.display())]
    NotAPolicy {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The signature file is for another policy.
    #[error(
        "{} signs another policy: remove it if this one replaces that one, or give another --signature",
        .0.display()
    )]
    OtherPolicy(PathBuf),
    /// The signature file is not sound, so that nothing is added to it.
    #[error("nothing was added to {}: {source}", path.display())]
    UnsoundFile {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: SignatureError,
    },
    /// The key has signed in this role already.
    #[error("{} has the signature of {key} as {role} already", path.display())]
    AlreadySigned {
        /// The signature file.
        path: PathBuf,
        /// Who signed.
        key: PublicKey,
        /// As what.
        role: Role,
    },
    /// The key is none that can sign in this role.
    #[error("{key} cannot sign as {role}: {reason}")]
    NotYourRole {
        /// Whose key.
        key: PublicKey,
        /// As what.
        role: Role,
        /// Why not.
        reason: &'static str,
    },
    /// The signatures do not approve the policy.
    #[error("refused: {0}")]
    Refused(#[from] SignatureError),
    /// The policy's own officers are refused.
    #[error("refused: {0}")]
    Succession(#[from] SuccessionError),
    /// The policy names another author.
    #[error("refused: {0}")]
    OtherAuthor(#[from] OtherAuthor),
    /// The policy is older than one that ran.
    #[error("refused: {0}")]
    Rollback(#[from] Rollback),
    /// The policy names no officers, so that there is no record of them to write.
    #[error("the policy names no officers: add an [officers] section")]
    NoOfficers,
    /// Output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] std::io::Error),
}

impl SigningError {
    /// Whether the policy was looked at and refused, rather than something failing on the way.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Refused(_) | Self::Succession(_) | Self::OtherAuthor(_) | Self::Rollback(_)
        )
    }
}
