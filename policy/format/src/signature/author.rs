//! The author whom a policy names is the one who signed it as author.
//!
//! Otherwise the officer who wrote a policy could approve it, with another signing as its author.

use core::fmt;

use super::{Approval, OfficerName, PublicKey};
use crate::PolicyView;

/// Somebody other than the author whom the policy names signed it as author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherAuthor {
    /// The key of the author whom the policy names.
    pub named: PublicKey,
    /// Who signed as author.
    pub signed: OfficerName,
}

impl fmt::Display for OtherAuthor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} signed the policy as its author, but it names the officer with {} as author",
            self.signed, self.named
        )
    }
}

impl core::error::Error for OtherAuthor {}

/// The key of the author whom a policy names, if it names one.
#[must_use]
pub fn named_author(policy: &PolicyView<'_>) -> Option<PublicKey> {
    policy.officers().iter().find(|officer| officer.author).map(|officer| PublicKey(officer.key))
}

impl Approval {
    /// Checks that the author whom the policy names, if any, signed it as author.
    ///
    /// # Errors
    /// [`OtherAuthor`] when somebody else did.
    pub fn check_author(&self, policy: &PolicyView<'_>) -> Result<(), OtherAuthor> {
        match named_author(policy) {
            Some(named) if named != self.author().key => {
                Err(OtherAuthor { named, signed: self.author().name.clone() })
            }
            _ => Ok(()),
        }
    }
}
