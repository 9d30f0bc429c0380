//! Detached signatures of compiled policies, and the officers whose signatures count.
//!
//! A policy is authentic when one officer signed it as its author and enough other officers signed
//! it as approvers. Whose keys count is never read from the policy itself, which anybody can
//! write: it comes from the [`TrustAnchors`] that the measured boot image pins. `verify` therefore
//! looks at the policy as bytes; nothing is decoded before its signatures hold. See
//! `docs/policy-signing.md`.

mod anchors;
mod approval;
mod author;
pub mod development;
mod error;
mod file;
mod key;
mod message;
mod rollback;
mod succession;
#[cfg(test)]
mod testing;
mod verify;

pub use anchors::{AnchorsError, MAX_OFFICERS, Officer, OfficerName, TrustAnchors};
pub use approval::Approval;
pub use author::{OtherAuthor, named_author};
pub use error::{Malformed, SignatureError};
pub use file::{FORMAT_VERSION, MAX_SIGNATURES, Signature, SignatureFile};
pub use key::{KeyTextError, PublicKey};
pub use message::{Digest, MESSAGE_LENGTH, Role, digest, message};
pub use rollback::{Rollback, admit};
pub use succession::{Succession, SuccessionError};
pub use verify::verify;
