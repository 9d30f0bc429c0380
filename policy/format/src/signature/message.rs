//! What an officer signs: a fixed-length message that can mean nothing else.

use core::fmt;

use sha2::{Digest as _, Sha256};

use super::FORMAT_VERSION;

/// SHA-256 of a compiled policy, all its bytes.
pub type Digest = [u8; 32];

/// Sets these messages apart from all else that an officer's key could ever sign.
const DOMAIN: &[u8; 26] = b"cloister policy signature\0";

/// Bytes of a signed message: domain, format version, role, digest.
pub const MESSAGE_LENGTH: usize = DOMAIN.len() + 2 + 1 + 32;

/// As what an officer signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    /// Wrote the policy and wants it in force. Each policy has one author.
    Author = 1,
    /// Read the policy of another officer and agrees to it.
    Approver = 2,
    /// Holds a key that this policy adds to the officers, and takes the office. Counts for
    /// nothing in this policy's own approval.
    Successor = 3,
}

impl Role {
    /// The role with this number in the file, if there is one.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Author),
            2 => Some(Self::Approver),
            3 => Some(Self::Successor),
            _ => None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Author => "author",
            Self::Approver => "approver",
            Self::Successor => "successor",
        })
    }
}

/// The digest that stands for a compiled policy in signatures, measurements and evidence.
#[must_use]
pub fn digest(policy: &[u8]) -> Digest {
    Sha256::digest(policy).into()
}

/// The bytes that an officer signs to take a role for the policy of this digest.
///
/// The role is inside, so that an author's signature cannot be presented as an approver's.
#[must_use]
pub fn message(role: Role, digest: &Digest) -> [u8; MESSAGE_LENGTH] {
    let mut message = [0; MESSAGE_LENGTH];
    let fields = DOMAIN
        .iter()
        .copied()
        .chain(FORMAT_VERSION.to_le_bytes())
        .chain([role as u8])
        .chain(*digest);
    for (place, byte) in message.iter_mut().zip(fields) {
        *place = byte;
    }
    message
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn the_message_is_domain_version_role_digest() {
        let digest = digest(b"");
        let message = message(Role::Approver, &digest);
        assert_eq!(&message[..26], b"cloister policy signature\0");
        assert_eq!(message[26..29], [1, 0, 2]);
        assert_eq!(message[29..], digest);
        // FIPS 180-4: SHA-256 of the empty message.
        assert_eq!(digest[..4], [0xe3, 0xb0, 0xc4, 0x42]);
    }

    #[test]
    fn roles_and_their_numbers_are_one_to_one() {
        let known: std::vec::Vec<u8> = (0..=u8::MAX)
            .filter(|number| Role::from_number(*number).is_some_and(|role| role as u8 == *number))
            .collect();
        assert_eq!(known, [1, 2, 3]);
    }
}
