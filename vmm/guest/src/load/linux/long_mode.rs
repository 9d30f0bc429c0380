//! The state that the 64-bit protocol asks for: flat segments with given selectors, and memory below
//! 4 GiB mapped to itself.

use cloister_device::GuestMemory;

use super::super::Error;
use super::super::flat::FlatSegments;
use super::super::place::{self, PAGE_TABLES};
use crate::cpu::{CR0_ET, CR0_PE, CR0_PG, CR4_PAE, EFER_LMA, EFER_LME, FLAT_CODE_64, State};

/// Two empty ones, code (`__BOOT_CS`), data (`__BOOT_DS`).
const SEGMENTS: FlatSegments<4> = FlatSegments {
    descriptors: [0, 0, 0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff],
    code: 0x10,
    code_attributes: FLAT_CODE_64,
    data: 0x18,
};

const PAGE: u64 = 4096;
const TABLE_ENTRIES: u64 = 512;
const PRESENT_WRITABLE: u64 = 0b11;
const LARGE_PAGE: u64 = 1 << 7;
const LARGE_PAGE_BYTES: u64 = 2 << 20;
/// Page directories: one for each GiB.
const DIRECTORIES: u64 = 4;

/// Writes page tables and descriptors.
pub(super) fn write_tables(memory: &impl GuestMemory) -> Result<(), Error> {
    let entry = |at, value: u64| place::write(memory, at, &value.to_le_bytes());
    let pointers = PAGE_TABLES + PAGE;
    let directories = pointers + PAGE;
    entry(PAGE_TABLES, pointers | PRESENT_WRITABLE)?;
    for directory in 0..DIRECTORIES {
        entry(pointers + 8 * directory, (directories + PAGE * directory) | PRESENT_WRITABLE)?;
    }
    for page in 0..DIRECTORIES * TABLE_ENTRIES {
        entry(directories + 8 * page, (page * LARGE_PAGE_BYTES) | LARGE_PAGE | PRESENT_WRITABLE)?;
    }
    SEGMENTS.write(memory)
}

/// The processor's state, but for the entry and the boot parameters.
pub(super) const fn state() -> State {
    let mut state = SEGMENTS.state();
    let system = &mut state.system;
    system.cr0 = CR0_PE | CR0_ET | CR0_PG;
    system.cr3 = PAGE_TABLES;
    system.cr4 = CR4_PAE;
    system.efer = EFER_LME | EFER_LMA;
    state
}
