//! The Internet checksum (RFC 1071).

use super::layers::{NETWORK, set_word};

/// A sum of 16-bit words in one's complement, not folded.
#[derive(Clone, Copy, Default, Debug)]
pub struct Sum(u64);

impl Sum {
    /// Adds bytes, the first of which is the upper half of a word.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let (words, last) = bytes.as_chunks::<2>();
        let sum = words
            .iter()
            .fold(self.0, |sum, word| sum.wrapping_add(u64::from(u16::from_be_bytes(*word))));
        Self(last.iter().fold(sum, |sum, byte| sum.wrapping_add(u64::from(*byte) << 8)))
    }

    /// Adds a number.
    #[must_use]
    pub const fn number(self, number: u64) -> Self {
        Self(self.0.wrapping_add(number))
    }

    /// The checksum. Never 0, which would say that there is none; its other form is as good.
    #[must_use]
    pub const fn finish(self) -> u16 {
        let mut sum = self.0;
        // Four times is enough for 64 bits.
        sum = (sum >> 16) + (sum & 0xffff);
        sum = (sum >> 16) + (sum & 0xffff);
        sum = (sum >> 16) + (sum & 0xffff);
        sum = (sum >> 16) + (sum & 0xffff);
        if sum == 0xffff { 0xffff } else { !(sum as u16) }
    }
}

/// Sums up what lies from `start` on, with the sum that is there already at `offset` behind it, and
/// puts the checksum there.
pub fn complete(frame: &mut [u8], start: u16, offset: u16) {
    let start = usize::from(start);
    let sum = Sum::default().bytes(frame.get(start..).unwrap_or_default()).finish();
    set_word(frame, start + usize::from(offset), sum);
}

/// Puts the checksum of an IPv4 header of so many bytes into it.
pub fn complete_v4_header(frame: &mut [u8], end: usize) {
    const CHECKSUM: usize = NETWORK + 10;
    set_word(frame, CHECKSUM, 0);
    let sum = Sum::default().bytes(frame.get(NETWORK..end).unwrap_or_default()).finish();
    set_word(frame, CHECKSUM, sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_rfc_1071() {
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(Sum::default().bytes(&bytes).finish(), !0xddf2);
        assert_eq!(Sum::default().bytes(&bytes[..7]).finish(), !0xdcfb);
        assert_eq!(Sum::default().finish(), 0xffff);
        assert_eq!(Sum::default().number(0xffff).finish(), 0xffff, "never 0");
        assert_eq!(Sum(u64::MAX).finish(), 0xffff);
    }
}
