//! What the IOMMUs' tables must hold, as pure functions: the boot program writes it into memory. The
//! isolation check has its own view of the same bits and takes nothing from here.
//!
//! Everything is denied unless a function was given to a subject; then its requests reach the memory
//! that was mapped for them and nothing else. No interrupt of any device passes: components look at
//! their devices in their own frames.

pub mod amd_vi;
mod map;
pub mod vt_d;

pub use map::{Full, Memory, map};

/// Bytes of an I/O page.
const PAGE: u64 = 4096;

/// Levels of all page tables that are made.
const LEVELS: u32 = 4;

/// The least device address that is ever mapped: a device that follows a null pointer finds nothing.
pub const FIRST_DEVICE_ADDRESS: u64 = 0x10_0000;

/// Behind the highest device address that is mapped. From here to 4 GiB there are interrupt messages.
pub const DEVICE_ADDRESS_END: u64 = 0xfee0_0000;

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

    /// What stands where nothing is mapped.
    const fn absent(self) -> u64 {
        match self {
            Self::VtD => 0,
            Self::AmdVi => amd_vi::ABSENT,
        }
    }
}
