//! Writing text and numbers without `core::fmt`.

/// Something that takes text: the console, or a buffer of fixed size.
pub trait Text {
    /// Takes a string as it is.
    fn text(&mut self, string: &str);

    /// Writes `value` as `0x` and 16 hexadecimal digits.
    fn hexadecimal(&mut self, value: u64) {
        self.text("0x");
        let mut rest = value;
        for _ in 0..16 {
            rest = rest.rotate_left(4);
            self.digit(rest & 0xf);
        }
    }

    /// Writes `value` in decimal.
    fn decimal(&mut self, value: u64) {
        let mut digits = [0_u8; 20];
        let mut rest = value;
        for digit in digits.iter_mut().rev() {
            *digit = (rest % 10) as u8;
            rest /= 10;
        }
        let leading = digits.iter().take(19).take_while(|digit| **digit == 0).count();
        for digit in digits.iter().skip(leading) {
            self.digit(u64::from(*digit));
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
        let room = N.saturating_sub(self.length);
        // A character that does not fit whole is dropped with all that follows it.
        let fits = (0..=room.min(string.len())).rev().find(|end| string.is_char_boundary(*end));
        let text = string.as_bytes().get(..fits.unwrap_or_default()).unwrap_or_default();
        let places = self.bytes.iter_mut().skip(self.length);
        places.zip(text).for_each(|(place, byte)| *place = *byte);
        self.length = self.length.saturating_add(text.len());
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
