//! Why a policy's signatures were refused, each in words for the person at the screen.

use core::fmt;

use super::{FORMAT_VERSION, OfficerName, PublicKey, Role};

/// How a signature file's structure is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It does not begin as a signature file does.
    Magic,
    /// The reserved byte is not zero.
    Reserved,
    /// It announces more signatures than can be.
    TooMany,
    /// A signature has a role that does not exist.
    Role(u8),
    /// The signatures do not ascend by role and key, or one is there twice.
    Order,
    /// Bytes follow the last signature.
    Trailing,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("it does not begin as a signature file does"),
            Self::Reserved => f.write_str("its reserved byte is not zero"),
            Self::TooMany => f.write_str("it has too many signatures"),
            Self::Role(number) => write!(f, "a signature has the unknown role {number}"),
            Self::Order => f.write_str("its signatures are out of order, or one is there twice"),
            Self::Trailing => f.write_str("it has bytes after its end"),
        }
    }
}

/// Why a policy is not approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// There are no signatures.
    Unsigned,
    /// The signature file is of a format version other than this one.
    OtherFormat(u16),
    /// The signature file ends early.
    Truncated {
        /// Bytes that are there.
        length: usize,
        /// Bytes that there should be.
        expected: usize,
    },
    /// The signature file is not built as it must be.
    Malformed(Malformed),
    /// The policy is not the one that was signed.
    Altered,
    /// A signature does not hold for this key, role and policy.
    SignatureWrong {
        /// The key that is said to have signed.
        key: PublicKey,
        /// As what.
        role: Role,
    },
    /// A signature is by nobody in office.
    UnknownKey {
        /// The unknown key.
        key: PublicKey,
        /// As what it signed.
        role: Role,
    },
    /// Nobody signed as author.
    NoAuthor,
    /// More than one officer signed as author.
    TwoAuthors(OfficerName, OfficerName),
    /// Nobody but the author agrees to the policy.
    AuthorIsSoleApprover(OfficerName),
    /// Fewer officers signed than must.
    TooFew {
        /// Distinct officers who signed.
        signed: u8,
        /// Officers who must sign.
        required: u8,
    },
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("the policy is not signed"),
            Self::OtherFormat(found) => write!(
                f,
                "the policy's signatures are of format version {found}; this appliance knows \
                 version {FORMAT_VERSION}"
            ),
            Self::Truncated { length, expected } => write!(
                f,
                "the policy's signature file is cut off: it has {length} of {expected} bytes"
            ),
            Self::Malformed(how) => {
                write!(f, "the policy's signature file is malformed: {how}")
            }
            Self::Altered => f.write_str("the policy was altered after it was signed"),
            Self::SignatureWrong { key, role } => write!(
                f,
                "the signature of {key} as {role} is wrong: it was altered, or made for \
                 something else"
            ),
            Self::UnknownKey { key, role } => {
                write!(f, "the policy is signed as {role} with {key}, which is no officer's key")
            }
            Self::NoAuthor => f.write_str("no officer signed the policy as its author"),
            Self::TwoAuthors(one, other) => write!(
                f,
                "both {one} and {other} signed the policy as author; a policy has one author"
            ),
            Self::AuthorIsSoleApprover(author) => write!(
                f,
                "the policy's author, {author}, is its only approver; another officer must approve"
            ),
            Self::TooFew { signed, required } => write!(
                f,
                "the policy is signed by {signed} of the {required} officers that must sign"
            ),
        }
    }
}

impl core::error::Error for SignatureError {}

impl From<Malformed> for SignatureError {
    fn from(how: Malformed) -> Self {
        Self::Malformed(how)
    }
}
