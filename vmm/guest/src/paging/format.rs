//! The three formats of page tables.

use cloister_device::GuestMemory;

use super::{Fault, PAGE_BYTES};
use crate::cpu::{CR0_PG, CR4_LA57, CR4_PAE, CR4_PSE, EFER_LMA, EFER_NXE, System};

const PAGE_SIZE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
/// Bits 12 to 51: where a table or a 4 KiB page is.
const FRAME: u64 = 0x000f_ffff_ffff_f000;

/// A format of page tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// Two levels of 1024 entries of 32 bits; 4 MiB pages if CR4.PSE is set.
    Bits32 {
        /// CR4.PSE.
        large_pages: bool,
    },
    /// Four entries, then two levels of 512 entries of 64 bits.
    Pae,
    /// Four levels of 512 entries of 64 bits.
    Long,
}

impl Format {
    /// The format that is in use; none without paging.
    pub(super) const fn of(system: &System) -> Result<Option<Self>, Fault> {
        if system.cr0 & CR0_PG == 0 {
            Ok(None)
        } else if system.cr4 & CR4_PAE == 0 {
            Ok(Some(Self::Bits32 { large_pages: system.cr4 & CR4_PSE != 0 }))
        } else if system.efer & EFER_LMA == 0 {
            Ok(Some(Self::Pae))
        } else if system.cr4 & CR4_LA57 == 0 {
            Ok(Some(Self::Long))
        } else {
            Err(Fault::FiveLevels)
        }
    }

    /// Levels; entries of the highest are looked at first, entries of level 1 name 4 KiB pages.
    pub(super) const fn levels(self) -> u32 {
        match self {
            Self::Bits32 { .. } => 2,
            Self::Pae => 3,
            Self::Long => 4,
        }
    }

    pub(super) const fn entry_bytes(self) -> u64 {
        match self {
            Self::Bits32 { .. } => 4,
            Self::Pae | Self::Long => 8,
        }
    }

    const fn index_bits(self) -> u32 {
        match self {
            Self::Bits32 { .. } => 10,
            Self::Pae | Self::Long => 9,
        }
    }

    /// The lowest bit of a linear address that chooses an entry of this level.
    const fn shift(self, level: u32) -> u32 {
        PAGE_BYTES.trailing_zeros() + self.index_bits() * (level - 1)
    }

    pub(super) const fn root(self, cr3: u64) -> u64 {
        match self {
            Self::Bits32 { .. } => cr3 & 0xffff_f000,
            Self::Pae => cr3 & 0xffff_ffe0,
            Self::Long => cr3 & FRAME,
        }
    }

    pub(super) const fn index(self, linear: u64, level: u32) -> u64 {
        let linear = match self {
            Self::Bits32 { .. } | Self::Pae => linear & 0xffff_ffff,
            Self::Long => linear,
        };
        linear >> self.shift(level) & ((1 << self.index_bits()) - 1)
    }

    /// Reads an entry, once.
    #[inline]
    pub(super) fn read(self, memory: &impl GuestMemory, address: u64) -> Result<u64, Fault> {
        match self {
            Self::Bits32 { .. } => memory.read_u32(address).map(u64::from),
            Self::Pae | Self::Long => memory.read_u64(address),
        }
        .map_err(|_| Fault::NoTable(address))
    }

    /// Whether the reserved bits that are looked at are clear.
    pub(super) const fn well_formed(self, entry: u64, level: u32, system: &System) -> bool {
        let top_has_page_size =
            entry & PAGE_SIZE != 0 && level == self.levels() && matches!(self, Self::Long);
        !(top_has_page_size || entry & NO_EXECUTE != 0 && system.efer & EFER_NXE == 0)
    }

    /// Whether entries of this level have rights and an accessed bit: all but PAE's four.
    pub(super) const fn has_rights(self, level: u32) -> bool {
        !matches!((self, level), (Self::Pae, 3))
    }

    /// Whether an entry names a page, not a table.
    pub(super) const fn is_page(self, entry: u64, level: u32) -> bool {
        let may_be = match self {
            Self::Bits32 { large_pages } => large_pages,
            Self::Pae => level == 2,
            Self::Long => true,
        };
        level == 1 || may_be && entry & PAGE_SIZE != 0
    }

    /// The table that an entry names.
    pub(super) const fn table(self, entry: u64) -> u64 {
        entry & FRAME
    }

    /// The physical address of a linear one within the page that an entry names.
    pub(super) const fn page(self, entry: u64, level: u32, linear: u64) -> u64 {
        let offset = (1 << self.shift(level)) - 1;
        let frame = match self {
            // Bits 13 to 20 of a 4 MiB page's entry are bits 32 to 39 of its address (PSE-36).
            Self::Bits32 { .. } if level == 2 => entry & 0xffc0_0000 | (entry >> 13 & 0xff) << 32,
            _ => entry & FRAME & !offset,
        };
        frame | linear & offset
    }
}
