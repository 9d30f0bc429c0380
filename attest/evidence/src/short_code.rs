//! The boot's measurement for people to compare: the trusted screen shows it, the auditor's tool
//! prints it.
//!
//! To find other software with the same code takes some 2^125 attempts, more than anybody can make, and yet
//! two people compare it over the telephone in half a minute.

use core::fmt;

use cloister_bundle::Digest;

/// Characters of a whole digest in base 32.
pub const DIGEST_CHARACTERS: usize = 52;

/// The character of base 32 (RFC 4648, section 6) with number `index` of a digest: the last one is filled up
/// with zeros, and none is padded. There is no 0, 1 or 8, which are taken for letters.
#[must_use]
pub fn base32(digest: &[u8; 32], index: usize) -> u8 {
    let bit = 5 * index;
    let byte = |index: usize| u16::from(digest.get(index).copied().unwrap_or_default());
    let two = byte(bit / 8) << 8 | byte(bit / 8 + 1);
    let value = (two >> (11 - bit % 8) & 31) as u8;
    if value < 26 { b'A' + value } else { b'2' + (value - 26) }
}

/// The first 125 bits of the value of the image's PCR, as five groups of five characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ShortCode([u8; Self::LENGTH]);

impl ShortCode {
    /// Characters, with the spaces between groups.
    pub const LENGTH: usize = 29;

    /// The code of the value of the PCR [`crate::log::IMAGE_PCR`].
    #[must_use]
    pub fn of(image_pcr: Digest) -> Self {
        let mut text = [b' '; Self::LENGTH];
        let places = text.iter_mut().enumerate().filter(|(place, _)| place % 6 != 5);
        for (index, (_, character)) in places.enumerate() {
            *character = base32(&image_pcr.0, index);
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
    fn base32_is_that_of_the_standard() {
        // "foobar" is MZXW6YTBOI in RFC 4648, section 10.
        let mut bytes = [0; 32];
        bytes[..6].copy_from_slice(b"foobar");
        let text: [u8; 10] = core::array::from_fn(|index| base32(&bytes, index));
        assert_eq!(&text, b"MZXW6YTBOI");
    }

    #[test]
    fn a_code_has_five_groups_of_its_first_125_bits() {
        let code = ShortCode::of(Digest([0; 32]));
        assert_eq!(code.as_str().split(' ').map(str::len).collect::<heapless::Vec<_, 8>>(), [5; 5]);
        for bit in 0..256 {
            let mut value = [0_u8; 32];
            value[bit / 8] = 0x80 >> (bit % 8);
            assert_eq!(ShortCode::of(Digest(value)) != code, bit < 125, "bit {bit}");
        }
    }
}
