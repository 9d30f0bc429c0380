//! The officers who may approve the next policy.

use serde::{Deserialize, Serialize};

/// An officer's public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer<'a> {
    /// The officer's name in the policy.
    pub name: &'a str,
    /// ed25519 public key (RFC 8032, section 5.1.5).
    pub key: [u8; 32],
    /// Whether this officer wrote the policy: the author's signature alone never suffices.
    pub author: bool,
}
