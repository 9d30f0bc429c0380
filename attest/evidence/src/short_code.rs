//! The boot's measurement for people to compare: the trusted screen shows it, the auditor's tool
//! prints it.

use core::fmt;

use cloister_bundle::Digest;
use sha2::{Digest as _, Sha256};

const DOMAIN: &[u8] = b"cloister short code 1";

/// Crockford's base 32: no I, L, O or U, so that nothing is read for something else.
const ALPHABET: [u8; 32] = *b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 100 bits of the digest of what was booted, as five groups of four characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ShortCode([u8; Self::LENGTH]);

impl ShortCode {
    /// Characters, with the hyphens between groups.
    pub const LENGTH: usize = 24;

    /// The code of the value of the PCR [`crate::log::IMAGE_PCR`].
    #[must_use]
    pub fn of(image_pcr: Digest) -> Self {
        let digest: [u8; 32] =
            Sha256::new().chain_update(DOMAIN).chain_update(image_pcr.0).finalize().into();
        let bits = digest.first_chunk().map_or(0, |first| u128::from_be_bytes(*first));
        let mut text = [b'-'; Self::LENGTH];
        let places = text.iter_mut().enumerate().filter(|(place, _)| place % 5 != 4);
        for (number, (_, character)) in (0_u32..).zip(places) {
            let index = (bits >> (123 - 5 * number)) as usize % ALPHABET.len();
            *character = ALPHABET.get(index).copied().unwrap_or(b'?');
        }
        Self(text)
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_five_groups_and_depends_on_every_bit() {
        let code = ShortCode::of(Digest([0; 32]));
        assert_eq!(code.as_str().split('-').map(str::len).collect::<heapless::Vec<_, 8>>(), [4; 5]);
        for bit in 0..256 {
            let mut value = [0_u8; 32];
            value[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(ShortCode::of(Digest(value)), code);
        }
    }
}
