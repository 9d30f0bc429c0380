//! A general register, or a part of one.

use super::General;
use cloister_device::Width;

/// A general register as an instruction names it. There is one for each content: numbers wrap at 16.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Register {
    number: u8,
    width: Width,
    /// Bits 8 to 15 instead of 0 to 7.
    high: bool,
}

impl Register {
    /// Register A: the accumulator.
    pub const RAX: Self = Self::new(0, Width::Eight);
    /// Register C: the counter.
    pub const RCX: Self = Self::new(1, Width::Eight);
    /// Source of strings.
    pub const RSI: Self = Self::new(6, Width::Eight);
    /// Destination of strings.
    pub const RDI: Self = Self::new(7, Width::Eight);

    /// The low part of this width of the register with this number (RAX, RCX, RDX, RBX, RSP, RBP,
    /// RSI, RDI, R8 to R15 from 0).
    #[must_use]
    pub const fn new(number: u8, width: Width) -> Self {
        Self { number: number & 15, width, high: false }
    }

    /// AH, CH, DH or BH, from 0.
    #[must_use]
    pub const fn high_byte(number: u8) -> Self {
        Self { number: number & 3, width: Width::One, high: true }
    }

    /// How wide it is.
    #[must_use]
    pub const fn width(self) -> Width {
        self.width
    }

    /// The low part of another width of the same register.
    #[must_use]
    pub const fn with_width(self, width: Width) -> Self {
        Self::new(self.number, width)
    }

    /// Its content, zero-extended.
    #[must_use]
    pub const fn read(self, general: &General) -> u64 {
        let whole = general.registers[(self.number & 15) as usize];
        (if self.high { whole >> 8 } else { whole }) & self.width.mask()
    }

    /// Sets it. Writing 32 bits clears the upper half, narrower writes keep the rest.
    pub const fn write(self, general: &mut General, value: u64) {
        let whole = &mut general.registers[(self.number & 15) as usize];
        *whole = match (self.width, self.high) {
            (Width::Eight, _) => value,
            (Width::Four, _) => value & 0xffff_ffff,
            (Width::Two, _) => *whole & !0xffff | value & 0xffff,
            (Width::One, false) => *whole & !0xff | value & 0xff,
            (Width::One, true) => *whole & !0xff00 | (value & 0xff) << 8,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn narrow_writes_keep_the_rest_and_32_bits_clear_the_upper_half() {
        let mut general = State::reset().general;
        Register::RAX.write(&mut general, 0x1122_3344_5566_7788);
        Register::high_byte(0).write(&mut general, 0xffaa);
        assert_eq!(Register::RAX.read(&general), 0x1122_3344_5566_aa88);
        Register::new(0, Width::Two).write(&mut general, 0xdead_beef);
        assert_eq!(Register::RAX.read(&general), 0x1122_3344_5566_beef);
        assert_eq!(Register::high_byte(0).read(&general), 0xbe);
        Register::new(0, Width::Four).write(&mut general, u64::MAX);
        assert_eq!(Register::RAX.read(&general), 0xffff_ffff);
    }
}
