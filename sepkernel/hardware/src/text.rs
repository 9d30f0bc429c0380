//! Writing text and numbers without `core::fmt`.

/// Something that takes text: the console, or a buffer of fixed size.
pub trait Text {
    /// Takes a string as it is.
    fn text(&mut self, string: &str);

    /// Writes `value` as `0x` and 16 hexadecimal digits.
    fn hexadecimal(&mut self, value: u64) {
        self.text("0x");
        for position in (0..16).rev() {
            self.digit((value >> (position * 4)) & 0xf);
        }
    }

    /// Writes `value` in decimal.
    fn decimal(&mut self, value: u64) {
        let mut power = 1_u64;
        while value / power >= 10 {
            power = power.wrapping_mul(10);
        }
        while power > 0 {
            self.digit(value / power % 10);
            power /= 10;
        }
    }

    /// Writes one digit, 0 to 15.
    fn digit(&mut self, value: u64) {
        const DIGITS: &str = "0123456789abcdef";
        let index = value as usize & 0xf;
        self.text(DIGITS.get(index..=index).unwrap_or_default());
    }
}

/// A buffer of `N` bytes that keeps what fits and drops the rest.
#[derive(Clone, Copy, Debug)]
pub struct Buffer<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Buffer<N> {
    /// An empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    /// All bytes; those behind the text are zero.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; N] {
        &self.bytes
    }

    /// What was written and fitted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.bytes
            .get(..self.length)
            .and_then(|bytes| str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

impl<const N: usize> Default for Buffer<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Text for Buffer<N> {
    fn text(&mut self, string: &str) {
        for character in string.chars() {
            let end = self.length.saturating_add(character.len_utf8());
            let Some(place) = self.bytes.get_mut(self.length..end) else { return };
            character.encode_utf8(place);
            self.length = end;
        }
    }
}

impl<const N: usize> core::fmt::Write for Buffer<N> {
    fn write_str(&mut self, string: &str) -> core::fmt::Result {
        self.text(string);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        for (value, decimal, hexadecimal) in [
            (0, "0", "0x0000000000000000"),
            (7, "7", "0x0000000000000007"),
            (1_000, "1000", "0x00000000000003e8"),
            (u64::MAX, "18446744073709551615", "0xffffffffffffffff"),
        ] {
            let (mut left, mut right) = (Buffer::<32>::new(), Buffer::<32>::new());
            left.decimal(value);
            right.hexadecimal(value);
            assert_eq!((left.as_str(), right.as_str()), (decimal, hexadecimal));
        }
    }

    #[test]
    fn a_full_buffer_keeps_whole_characters() {
        let mut buffer = Buffer::<4>::new();
        buffer.text("abcä");
        assert_eq!(buffer.as_str(), "abc");
    }
}
