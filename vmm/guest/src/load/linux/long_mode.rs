//! The state that the 64-bit protocol asks for: flat segments with given selectors, and memory below
//! 4 GiB mapped to itself.

use cloister_device::GuestMemory;

use super::super::Error;
use super::super::place::{self, DESCRIPTORS, PAGE_TABLES};
use crate::cpu::{
    CR0_ET, CR0_PE, CR0_PG, CR4_PAE, EFER_LMA, EFER_LME, FLAT_CODE_64, FLAT_DATA, Segment, State,
};

/// Selector `__BOOT_CS`.
const CODE: u16 = 0x10;
/// Selector `__BOOT_DS`.
const DATA: u16 = 0x18;
/// Two empty ones, code, data.
const DESCRIPTOR_TABLE: [u64; 4] = [0, 0, 0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff];

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
    for (index, descriptor) in (0..).zip(DESCRIPTOR_TABLE) {
        entry(DESCRIPTORS + 8 * index, descriptor)?;
    }
    Ok(())
}

/// The processor's state, but for the entry and the boot parameters.
pub(super) const fn state() -> State {
    let mut state = State::reset();
    let system = &mut state.system;
    let code = Segment { selector: CODE, attributes: FLAT_CODE_64, limit: u32::MAX, base: 0 };
    let data = Segment { selector: DATA, attributes: FLAT_DATA, limit: u32::MAX, base: 0 };
    system.cs = code;
    (system.ds, system.es, system.ss) = (data, data, data);
    (system.fs, system.gs) = (data, data);
    system.gdtr = Segment {
        selector: 0,
        attributes: 0,
        limit: size_of_val(&DESCRIPTOR_TABLE) as u32 - 1,
        base: DESCRIPTORS,
    };
    system.cr0 = CR0_PE | CR0_ET | CR0_PG;
    system.cr3 = PAGE_TABLES;
    system.cr4 = CR4_PAE;
    system.efer = EFER_LME | EFER_LMA;
    state
}
