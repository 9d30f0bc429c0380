//! How the processor decodes instructions and computes addresses.

use super::{CR0_PE, EFER_LMA, System, flags};
use cloister_device::Width;

/// Bit L of a segment's attributes: 64-bit code.
const LONG: u16 = 1 << 9;
/// Bit D/B of a segment's attributes: 32-bit code or stack.
const DEFAULT_32: u16 = 1 << 10;

/// The operating mode, as decoding sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mode {
    /// Real mode and virtual-8086 mode: 16-bit code, segment bases from selectors, no privilege.
    Real,
    /// 16-bit protected mode, and its like within long mode.
    Protected16,
    /// 32-bit protected mode, and its like within long mode.
    Protected32,
    /// 64-bit mode.
    Long,
}

impl Mode {
    /// The mode of a processor with these flags and this system state.
    #[must_use]
    pub const fn of(rflags: u64, system: &System) -> Self {
        if system.cr0 & CR0_PE == 0 || rflags & flags::VIRTUAL_8086 != 0 {
            Self::Real
        } else if system.efer & EFER_LMA != 0 && system.segments.cs.attributes & LONG != 0 {
            Self::Long
        } else if system.segments.cs.attributes & DEFAULT_32 != 0 {
            Self::Protected32
        } else {
            Self::Protected16
        }
    }

    /// How wide addresses are without a prefix.
    #[must_use]
    pub const fn address_width(self) -> Width {
        match self {
            Self::Real | Self::Protected16 => Width::Two,
            Self::Protected32 => Width::Four,
            Self::Long => Width::Eight,
        }
    }

    /// What is left of an instruction pointer in this mode.
    #[must_use]
    pub const fn truncate(self, rip: u64) -> u64 {
        rip & match self {
            // Real-mode code may run with a 32-bit EIP that has not wrapped yet.
            Self::Real | Self::Protected16 | Self::Protected32 => 0xffff_ffff,
            Self::Long => u64::MAX,
        }
    }
}

/// The current privilege level, 0 to 3; 3 in virtual-8086 mode.
#[must_use]
pub const fn privilege_level(rflags: u64, system: &System) -> u8 {
    if system.cr0 & CR0_PE == 0 {
        0
    } else if rflags & flags::VIRTUAL_8086 != 0 {
        3
    } else {
        (system.cpl & 3) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn the_mode_follows_control_registers_and_code_segment() {
        let mut system = State::reset().system;
        system.cpl = 3;
        assert_eq!((Mode::of(2, &system), privilege_level(2, &system)), (Mode::Real, 0));
        system.cr0 |= CR0_PE;
        assert_eq!((Mode::of(2, &system), privilege_level(2, &system)), (Mode::Protected16, 3));
        system.segments.cs.attributes = 0xc9b;
        assert_eq!(Mode::of(2, &system), Mode::Protected32);
        system.segments.cs.attributes = 0xa9b;
        assert_eq!(Mode::of(2, &system), Mode::Protected16, "L means nothing outside long mode");
        system.efer = EFER_LMA;
        assert_eq!(Mode::of(2, &system), Mode::Long);
        assert_eq!(Mode::of(2 | flags::VIRTUAL_8086, &system), Mode::Real);
    }
}
