//! Structures of Intel VT-d (VT-d specification 4.1, chapters 6 and 9), in legacy mode.

use super::LEVELS;

const PRESENT: u64 = 1;
const READ_WRITE: u64 = 0b11;

/// In the capability register: whether page tables may have as many levels as are used here.
pub const LEVELS_BIT: u64 = 1 << (LEVELS + 6);

/// What the register of the interrupt remapping table has beside the address: 256 entries of 16 bytes.
pub const INTERRUPT_TABLE_SIZE: u64 = 7;

/// An entry of a second-level table, for a page or the next table (section 9.8).
pub(super) const fn entry(address: u64) -> u64 {
    address | READ_WRITE
}

/// The lower word of a root entry, which leads to the context table of a bus (section 9.1).
#[must_use]
pub const fn root_entry(context_table: u64) -> u64 {
    context_table | PRESENT
}

/// The context entry of a function: its requests go through the second-level tables at `root`; `domain`
/// tags what is cached of them (section 9.3).
#[must_use]
pub const fn context_entry(root: u64, domain: u16) -> [u64; 2] {
    [root | PRESENT, (LEVELS as u64 - 2) | (domain as u64) << 8]
}

/// The interrupt remapping entry by which this function alone interrupts, with this vector, the processor whose local APIC
/// has this number (section 9.10).
#[must_use]
pub const fn interrupt_entry(function: u16, vector: u8, processor: u8) -> [u64; 2] {
    const VERIFIED: u64 = 1 << 18;
    [PRESENT | (vector as u64) << 16 | (processor as u64) << 40, function as u64 | VERIFIED]
}

/// Invalidates everything that a unit may have cached, then writes 1 to `done` (section 6.5.2): contexts,
/// translations, interrupt entries, and a wait for all before it.
#[must_use]
pub const fn invalidate_all(done: u64) -> [[u64; 2]; 4] {
    const GLOBAL: u64 = 1 << 4;
    const DRAIN: u64 = 0b11 << 6;
    const WRITE_STATUS: u64 = 1 << 5;
    const FENCE: u64 = 1 << 6;
    [[1 | GLOBAL, 0], [2 | GLOBAL | DRAIN, 0], [4, 0], [5 | WRITE_STATUS | FENCE | 1 << 32, done]]
}
