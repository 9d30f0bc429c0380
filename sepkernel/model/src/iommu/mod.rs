//! What the IOMMUs' tables must hold, as pure functions: the boot program writes it into memory. The
//! isolation check has its own view of the same bits and takes nothing from here.
//!
//! Everything is denied unless a function was given to a subject; then its requests reach the memory
//! that was mapped for them and nothing else, and its messages become the interrupts that were made for them.

pub mod amd_vi;
mod map;
pub mod vt_d;

pub use map::{Full, Memory, map, table};

/// Bytes of an I/O page.
const PAGE: u64 = 4096;

/// Levels of all page tables that are made.
const LEVELS: u32 = 4;

/// The least device address that is ever mapped: a device that follows a null pointer finds nothing.
pub const FIRST_DEVICE_ADDRESS: u64 = 0x10_0000;

/// Behind the highest device address that is mapped. From here to 4 GiB there are interrupt messages.
pub const DEVICE_ADDRESS_END: u64 = 0xfee0_0000;

/// Messages of one function that pass, at most: a power of two.
pub const MESSAGES: u32 = 4;

/// Whose tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Intel VT-d, second-level page tables.
    VtD,
    /// AMD I/O Virtualization Technology, host page tables.
    AmdVi,
}

impl Format {
    /// An entry that leads to the table of level `next` at `address`; with 0, that maps the page there for
    /// reading and writing.
    const fn entry(self, address: u64, next: u32) -> u64 {
        match self {
            Self::VtD => vt_d::entry(address),
            Self::AmdVi => amd_vi::entry(address, next),
        }
    }

    /// What a function has to write where for its message of this number: with VT-d, that of the entry among all (section
    /// 5.1.2.2), with AMD-Vi among its own (section 2.2.5.1).
    #[must_use]
    pub const fn message(self, number: u32) -> (u64, u32) {
        const ADDRESS: u64 = 0xfee0_0000;
        match self {
            Self::VtD => (ADDRESS | 1 << 4 | (number as u64 & 0x7fff) << 5, 0),
            Self::AmdVi => (ADDRESS, number & 0x7ff),
        }
    }

    /// What stands where nothing is mapped.
    const fn absent(self) -> u64 {
        match self {
            Self::VtD => 0,
            Self::AmdVi => amd_vi::ABSENT,
        }
    }
}
