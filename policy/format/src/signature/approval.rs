//! What verified signatures say: who answers for a policy.

use core::fmt;

use super::{Digest, MAX_OFFICERS, MAX_SIGNATURES, Officer, PublicKey, development};

/// The officers who approve, at most all.
pub(super) type Approvers = heapless::Vec<Officer, MAX_OFFICERS>;

/// The keys that signed as successors.
pub(super) type Successors = heapless::Vec<PublicKey, MAX_SIGNATURES>;

/// Proof that a policy was approved; only [`super::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub(super) digest: Digest,
    pub(super) author: Officer,
    pub(super) approvers: Approvers,
    pub(super) successors: Successors,
}

impl Approval {
    /// SHA-256 of the approved policy.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The officer who wrote the policy.
    #[must_use]
    pub const fn author(&self) -> &Officer {
        &self.author
    }

    /// The officers other than the author who approved it, ascending by key. Empty only where
    /// one officer holds all authority.
    #[must_use]
    pub fn approvers(&self) -> &[Officer] {
        &self.approvers
    }

    /// Whether one officer alone wrote and approved the policy, because there is no other.
    #[must_use]
    pub fn single_officer(&self) -> bool {
        self.approvers.is_empty()
    }

    /// Whether a published development key is among the signers, so that anybody can have
    /// signed. Screens and evidence must say so.
    #[must_use]
    pub fn insecure_development_key(&self) -> bool {
        core::iter::once(&self.author)
            .chain(&self.approvers)
            .any(|officer| development::is_development_key(&officer.key))
    }
}

/// For a screen: `written by amber, approved by basil and clove`.
impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "written by {}", self.author.name)?;
        if self.single_officer() {
            f.write_str(", the only officer, approved by nobody else")?;
        }
        let last = self.approvers.len().saturating_sub(1);
        for (index, officer) in self.approvers.iter().enumerate() {
            let joint = match index {
                0 => ", approved by ",
                _ if index == last => " and ",
                _ => ", ",
            };
            write!(f, "{joint}{}", officer.name)?;
        }
        if self.insecure_development_key() {
            f.write_str(" (INSECURE: signed with a published development key)")?;
        }
        Ok(())
    }
}
