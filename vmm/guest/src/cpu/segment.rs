//! From a segment and an offset to a linear address.

use super::{Mode, Segment, System};

/// Attributes of a flat 32-bit code segment: present, executable, readable, accessed.
pub(crate) const FLAT_CODE_32: u16 = 0xc9b;
/// Attributes of a 64-bit code segment.
pub(crate) const FLAT_CODE_64: u16 = 0xa9b;
/// Attributes of a flat data segment: present, writable, accessed.
pub(crate) const FLAT_DATA: u16 = 0xc93;

/// Name of a segment register, numbered as instructions number them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum SegmentName {
    /// Extra data, and where strings go.
    Es = 0,
    /// Code.
    Cs = 1,
    /// Stack.
    Ss = 2,
    /// Data.
    Ds = 3,
    /// More data; a base of its own in 64-bit mode.
    Fs = 4,
    /// More data; a base of its own in 64-bit mode.
    Gs = 5,
}

impl SegmentName {
    /// The segment with this number, if there is one.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Es,
            1 => Self::Cs,
            2 => Self::Ss,
            3 => Self::Ds,
            4 => Self::Fs,
            5 => Self::Gs,
            _ => return None,
        })
    }

    /// Its register.
    #[must_use]
    pub const fn of(self, system: &System) -> &Segment {
        match self {
            Self::Es => &system.segments.es,
            Self::Cs => &system.segments.cs,
            Self::Ss => &system.segments.ss,
            Self::Ds => &system.segments.ds,
            Self::Fs => &system.segments.fs,
            Self::Gs => &system.segments.gs,
        }
    }
}

/// The address is not canonical, or beyond the segment's limit: a stack fault for SS, else a general
/// protection fault, with error code 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SegmentFault {
    /// Vector of the exception: 12 or 13.
    pub vector: u8,
}

/// Expand-down data segments have this bit, and not the one for code.
const EXPAND_DOWN: u16 = 1 << 2;
const EXECUTABLE: u16 = 1 << 3;
const NOT_SYSTEM: u16 = 1 << 4;
const BIG: u16 = 1 << 10;

/// The linear address of `bytes` bytes at an offset.
///
/// Rights of the segment (present, readable, writable) are not looked at: this is for accesses that
/// the processor itself has begun.
///
/// # Errors
/// The bytes are not within the segment, or not at canonical addresses.
pub const fn linear_address(
    mode: Mode,
    system: &System,
    name: SegmentName,
    offset: u64,
    bytes: u64,
) -> Result<u64, SegmentFault> {
    let fault = SegmentFault { vector: if matches!(name, SegmentName::Ss) { 12 } else { 13 } };
    let segment = name.of(system);
    if matches!(mode, Mode::Long) {
        let base = if matches!(name, SegmentName::Fs | SegmentName::Gs) { segment.base } else { 0 };
        let first = base.wrapping_add(offset);
        let last = first.wrapping_add(bytes.saturating_sub(1));
        return if canonical(first) && canonical(last) { Ok(first) } else { Err(fault) };
    }
    let first = offset & 0xffff_ffff;
    let last = first + bytes.saturating_sub(1);
    let limit = segment.limit as u64;
    let expands_down =
        segment.attributes & (EXPAND_DOWN | EXECUTABLE | NOT_SYSTEM) == EXPAND_DOWN | NOT_SYSTEM;
    let within = if expands_down {
        let top = if segment.attributes & BIG != 0 { 0xffff_ffff } else { 0xffff };
        first > limit && last <= top
    } else {
        last <= limit
    };
    if within { Ok(segment.base.wrapping_add(first) & 0xffff_ffff) } else { Err(fault) }
}

/// Whether bits 47 to 63 are equal.
const fn canonical(address: u64) -> bool {
    let upper = address as i64 >> 47;
    upper == 0 || upper == -1
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn limits_bind_outside_64_bit_mode() {
        let mut system = State::reset().system;
        system.segments.ds.base = 0x1_0000;
        let at =
            |system: &System, name, offset| linear_address(Mode::Real, system, name, offset, 4);
        assert_eq!(at(&system, SegmentName::Ds, 0xfffc), Ok(0x1_fffc));
        assert_eq!(at(&system, SegmentName::Ds, 0xfffd), Err(SegmentFault { vector: 13 }));
        assert_eq!(at(&system, SegmentName::Ss, 0xfffd), Err(SegmentFault { vector: 12 }));
        system.segments.ds.attributes |= EXPAND_DOWN | BIG;
        system.segments.ds.limit = 0xfff;
        assert_eq!(at(&system, SegmentName::Ds, 0xfff), Err(SegmentFault { vector: 13 }));
        assert_eq!(at(&system, SegmentName::Ds, 0x1000), Ok(0x1_1000));
    }

    #[test]
    fn only_fs_and_gs_have_bases_in_64_bit_mode_and_addresses_are_canonical() {
        let mut system = State::reset().system;
        system.segments.ds.base = 0x1000;
        system.segments.gs.base = 0xffff_8000_0000_0000;
        let at = |name, offset| linear_address(Mode::Long, &system, name, offset, 8);
        assert_eq!(at(SegmentName::Ds, 8), Ok(8));
        assert_eq!(at(SegmentName::Gs, 8), Ok(0xffff_8000_0000_0008));
        assert_eq!(at(SegmentName::Ds, 0x7fff_ffff_fff9), Err(SegmentFault { vector: 13 }));
        assert_eq!(at(SegmentName::Gs, u64::MAX), Err(SegmentFault { vector: 13 }));
    }
}
