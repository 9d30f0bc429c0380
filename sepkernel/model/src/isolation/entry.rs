//! Entries of AMD64 page tables, of which nested page tables have the same form (AMD APM volume 2,
//! sections 5.3 and 15.25.5).

use super::frames::FrameRange;

/// What an entry says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// Nothing is here.
    Absent,
    /// A table is at this physical address.
    Table(u64, Access),
    /// These frames are mapped.
    Frames(FrameRange, Access),
    /// The hardware would fault, or must never see this.
    Malformed,
}

/// What an entry lets through; what all entries on the way let through is allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    pub write: bool,
    pub user: bool,
    pub execute: bool,
}

impl Access {
    /// All.
    pub const FULL: Self = Self { write: true, user: true, execute: true };

    /// What both let through.
    pub const fn and(self, other: Self) -> Self {
        Self {
            write: self.write && other.write,
            user: self.user && other.user,
            execute: self.execute && other.execute,
        }
    }
}

const PRESENT: u64 = 1 << 0;
const WRITABLE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
/// Set by the processor when it uses the entry.
pub const ACCESSED: u64 = 1 << 5;
const LARGE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
/// In an entry of a large page this bit of the address field chooses the memory type.
const LARGE_MEMORY_TYPE: u64 = 1 << 12;

/// What an entry of a table of this level says: 4 for the root, 1 for the tables of 4 KiB pages.
pub const fn decode(value: u64, level: u32, physical_bits: u32) -> Entry {
    if value & PRESENT == 0 {
        return Entry::Absent;
    }
    let access = Access {
        write: value & WRITABLE != 0,
        user: value & USER != 0,
        execute: value & NO_EXECUTE == 0,
    };
    let address = value & ADDRESS;
    if address.unbounded_shr(physical_bits) != 0 {
        return Entry::Malformed;
    }
    match (level, value & LARGE != 0) {
        (1, _) => Entry::Frames(FrameRange::of(address >> 12, 1), access),
        (2 | 3, true) => frames(address & !LARGE_MEMORY_TYPE, level, access),
        (2..=4, false) => Entry::Table(address, access),
        _ => Entry::Malformed,
    }
}

/// The frames that an entry of a table of this level maps, if it maps any: 4 KiB, 2 MiB or 1 GiB.
pub const fn frames(address: u64, level: u32, access: Access) -> Entry {
    let count: u64 = match level {
        1 => 1,
        2 => 512,
        3 => 512 * 512,
        _ => return Entry::Malformed,
    };
    let frame = address >> 12;
    if frame & count.wrapping_sub(1) == 0 {
        Entry::Frames(FrameRange::of(frame, count), access)
    } else {
        Entry::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Access = Access { write: false, user: false, execute: true };

    #[test]
    fn each_level_has_its_pages() {
        let frames = |first, count| Entry::Frames(FrameRange::of(first, count), READ);
        assert_eq!(decode(0x5000 | PRESENT, 1, 40), frames(5, 1));
        assert_eq!(decode(0x20_0000 | PRESENT | LARGE, 2, 40), frames(512, 512));
        assert_eq!(decode(0x4000_0000 | PRESENT | LARGE, 3, 40), frames(1 << 18, 1 << 18));
        assert_eq!(decode(0x5000 | PRESENT, 4, 40), Entry::Table(0x5000, READ));
        assert_eq!(decode(0x5000 | PRESENT | LARGE, 1, 40), frames(5, 1), "the memory type");
        assert_eq!(decode(!PRESENT, 1, 40), Entry::Absent);
    }

    #[test]
    fn reserved_bits_are_malformed() {
        assert_eq!(decode(0x5000 | PRESENT | LARGE, 4, 40), Entry::Malformed);
        assert_eq!(decode(0x20_2000 | PRESENT | LARGE, 2, 40), Entry::Malformed);
        assert_eq!(decode(0x4020_0000 | PRESENT | LARGE, 3, 40), Entry::Malformed);
        assert_eq!(decode(1 << 40 | PRESENT, 1, 40), Entry::Malformed);
        assert_eq!(
            decode(1 << 51 | PRESENT, 1, 52),
            Entry::Frames(FrameRange::of(1 << 39, 1), READ)
        );
        assert!(decode(0x20_1000 | PRESENT | LARGE, 2, 40) != Entry::Malformed, "the memory type");
    }

    #[test]
    fn rights_are_what_all_levels_allow() {
        let full = decode(PRESENT | WRITABLE | USER, 4, 40);
        assert_eq!(full, Entry::Table(0, Access::FULL));
        let sealed = decode(PRESENT | NO_EXECUTE, 4, 40);
        let Entry::Table(0, sealed) = sealed else { panic!("{sealed:?}") };
        assert_eq!(Access::FULL.and(sealed), Access { write: false, user: false, execute: false });
    }
}
