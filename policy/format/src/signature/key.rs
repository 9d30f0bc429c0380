//! An officer's public key, as bytes and as the text `ed25519:<64 hex digits>`.

use core::{fmt, str::FromStr};

/// What a key's text begins with: the only algorithm that this format knows.
const PREFIX: &str = "ed25519:";

/// An ed25519 public key (RFC 8032, section 5.1.5), not yet known to be a point of the curve.
///
/// Ordered by its bytes, which is the order of keys in records and signature files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; PublicKey::LENGTH]);

impl PublicKey {
    /// Bytes of a public key.
    pub const LENGTH: usize = 32;

    /// The key as a point, or `None` when the bytes are no point of the curve, or one of small
    /// order, for which anybody can make signatures.
    #[must_use]
    pub fn point(&self) -> Option<ed25519_dalek::VerifyingKey> {
        ed25519_dalek::VerifyingKey::from_bytes(&self.0).ok().filter(|point| !point.is_weak())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why a text is no public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTextError {
    /// It does not begin with `ed25519:`.
    Algorithm,
    /// What follows is not 64 hexadecimal digits.
    Digits,
    /// The digits are no point of the curve, or a point of small order.
    NotAKey,
}

impl fmt::Display for KeyTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "a public key begins with `ed25519:`",
            Self::Digits => "a public key has 64 hexadecimal digits after `ed25519:`",
            Self::NotAKey => "these digits are not a usable ed25519 public key",
        })
    }
}

impl core::error::Error for KeyTextError {}

impl FromStr for PublicKey {
    type Err = KeyTextError;

    /// Reads `ed25519:<64 hex digits>`, in either case, and checks that it is a usable key.
    fn from_str(text: &str) -> Result<Self, KeyTextError> {
        let digits = text.strip_prefix(PREFIX).ok_or(KeyTextError::Algorithm)?;
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        if pairs.len() != Self::LENGTH || !rest.is_empty() {
            return Err(KeyTextError::Digits);
        }
        let mut key = Self([0; Self::LENGTH]);
        for (byte, [high, low]) in key.0.iter_mut().zip(pairs) {
            *byte = (digit(*high)? << 4) | digit(*low)?;
        }
        key.point().map(|_| key).ok_or(KeyTextError::NotAKey)
    }
}

fn digit(character: u8) -> Result<u8, KeyTextError> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        b'A'..=b'F' => Ok(character - b'A' + 10),
        _ => Err(KeyTextError::Digits),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    /// RFC 8032, section 7.1, test 1.
    const RFC_8032: &str =
        "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    #[test]
    fn text_and_bytes_are_the_same_key() {
        let key: PublicKey = RFC_8032.parse().expect("a key of the standard");
        assert_eq!(key.to_string(), RFC_8032);
        let upper = RFC_8032.replace("d75a", "D75A");
        assert_eq!(upper.parse(), Ok(key));
    }

    #[test]
    fn each_wrong_text_says_what_is_wrong() {
        let wrong = |text: &str| text.parse::<PublicKey>().expect_err("not a key");
        assert_eq!(wrong("d75a"), KeyTextError::Algorithm);
        assert_eq!(wrong("ed25519:d75a"), KeyTextError::Digits);
        assert_eq!(wrong(&RFC_8032.replace('d', "x")), KeyTextError::Algorithm);
        assert_eq!(wrong(&RFC_8032.replace("5a98", "5x98")), KeyTextError::Digits);
        assert_eq!(wrong(&std::format!("{RFC_8032}0")), KeyTextError::Digits);
    }

    #[test]
    fn a_key_of_small_order_is_no_key() {
        let identity = std::format!("ed25519:01{}", "00".repeat(31));
        assert_eq!(identity.parse::<PublicKey>(), Err(KeyTextError::NotAKey));
        let off_the_curve = std::format!("ed25519:02{}", "00".repeat(31));
        assert_eq!(off_the_curve.parse::<PublicKey>(), Err(KeyTextError::NotAKey));
    }
}
