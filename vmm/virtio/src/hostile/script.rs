//! Bytes as decisions.

/// Gives out the bytes of an input one after the other, then zeros.
pub(super) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(super) const fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    pub(super) const fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&byte, rest)) => {
                self.0 = rest;
                byte
            }
            None => 0,
        }
    }

    /// A number below a bound.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        u64::from(self.byte()) % bound
    }

    pub(super) fn two(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    pub(super) fn four(&mut self) -> u32 {
        u32::from(self.two()) | u32::from(self.two()) << 16
    }

    pub(super) fn eight(&mut self) -> u64 {
        u64::from(self.four()) | u64::from(self.four()) << 32
    }

    /// A number that is mostly small, now and then at an edge.
    pub(super) fn length(&mut self) -> u32 {
        match self.byte() {
            0xff => u32::MAX - u32::from(self.byte()),
            0xfe => self.four(),
            0xf0..0xfe => u32::from(self.two()),
            small => small.into(),
        }
    }
}
