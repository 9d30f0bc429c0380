//! Structures of AMD's IOMMU (AMD I/O Virtualization Technology specification 3.08, sections 2.2 to 2.4).

use super::{LEVELS, MESSAGES};

const VALID: u64 = 1 << 0;
const TRANSLATION_VALID: u64 = 1 << 1;
const READ: u64 = 1 << 61;
const WRITE: u64 = 1 << 62;
/// In the third word: the device's interrupts are looked at, and the zeros beside it deny them all.
const INTERRUPT_VALID: u64 = 1 << 0;

/// Bytes of the device table: 32 for each of the 65,536 device numbers.
pub const DEVICE_TABLE_BYTES: u64 = 65_536 * 32;

/// What the register of the device table has beside the address: its 512 pages, less one.
pub const DEVICE_TABLE_SIZE: u64 = 511;

/// What the registers of command buffer and event log have beside the address: 256 entries of 16 bytes.
pub const BUFFER_SIZE: u64 = 8 << 56;

/// An entry that is not present. The hardware ignores its other bits (section 2.2.3); a next level in
/// them makes emulators report a request that ends here, which else some let fail in silence.
pub const ABSENT: u64 = 1 << 9;

pub(super) const fn entry(address: u64, next_level: u32) -> u64 {
    address | VALID | (next_level as u64) << 9 | READ | WRITE
}

/// The entry of a device that may do nothing: its requests are refused before they get to `empty`, a
/// table without entries, and are reported. An entry of zeros would let everything through.
#[must_use]
pub const fn denied(empty: u64) -> [u64; 4] {
    [empty | VALID | TRANSLATION_VALID | 1 << 9, 0, INTERRUPT_VALID, 0]
}

/// The entry of a function whose requests go through the tables at `root`; `domain` tags what is cached
/// of them (section 2.2.2.1).
#[must_use]
pub const fn device_entry(root: u64, domain: u16) -> [u64; 4] {
    [entry(root, LEVELS) | TRANSLATION_VALID, domain as u64, INTERRUPT_VALID, 0]
}

/// The third word of the entry of a function whose messages go through the table at `table`, as many as [`MESSAGES`];
/// all others are refused (section 2.2.5).
#[must_use]
pub const fn interrupts_through(table: u64) -> u64 {
    const REMAPPED: u64 = 0b10 << 60;
    table | REMAPPED | (MESSAGES.ilog2() as u64) << 1 | INTERRUPT_VALID
}

/// An entry of that table: an interrupt of this vector at the processor whose local APIC has this number.
#[must_use]
pub const fn interrupt_entry(vector: u8, processor: u8) -> u32 {
    1 | (processor as u32) << 8 | (vector as u32) << 16
}

/// Makes a unit forget what it has cached of a device's entry (section 2.4.2).
#[must_use]
pub const fn forget_device(device: u16) -> [u64; 2] {
    [2 << 60 | device as u64, 0]
}

/// Makes a unit forget everything, then writes 1 to `done`, a multiple of 8 (sections 2.4.8 and 2.4.1).
#[must_use]
pub const fn invalidate_all(done: u64) -> [[u64; 2]; 2] {
    const STORE: u64 = 1;
    [[8 << 60, 0], [1 << 60 | done | STORE, 1]]
}
