//! A unit of Intel's (VT-d specification 4.1, chapters 6 and 11).

use cloister_model::iommu::vt_d::{INTERRUPT_TABLE_SIZE, LEVELS_BIT, invalidate_all};
use cloister_model::isolation::DmaUnit;

use super::registers::{read, wait, write};
use super::{Unit, done, order};

const CAPABILITY: u64 = 0x08;
const EXTENDED_CAPABILITY: u64 = 0x10;
const COMMAND: u64 = 0x18;
const STATUS: u64 = 0x1c;
const ROOT_TABLE: u64 = 0x20;
/// Says whether faults were recorded, and which.
pub const FAULT_STATUS: u64 = 0x34;
const FAULT_CONTROL: u64 = 0x38;
const PROTECTED_MEMORY: u64 = 0x64;
const QUEUE_TAIL: u64 = 0x88;
const QUEUE: u64 = 0x90;
const INTERRUPT_TABLE: u64 = 0xb8;

const TRANSLATION: u32 = 1 << 31;
const SET_ROOT: u32 = 1 << 30;
const INVALIDATION_QUEUE: u32 = 1 << 26;
const INTERRUPT_REMAPPING: u32 = 1 << 25;
const SET_INTERRUPT_TABLE: u32 = 1 << 24;
/// What stays as it is told; the other bits set off something.
const STAYING: u32 = TRANSLATION | INVALIDATION_QUEUE | INTERRUPT_REMAPPING;

/// Why the unit cannot be used, if it cannot.
pub fn check(registers: u64) -> Result<(), &'static str> {
    /// Queued invalidation, and interrupt remapping.
    const NEEDED: u64 = 1 << 1 | 1 << 3;
    /// Writes have to be pushed out of the chipset.
    const WRITE_BUFFER: u64 = 1 << 4;
    let capability = read::<u64>(registers + CAPABILITY);
    let (first, count) = fault_records(registers);
    let able = read::<u64>(registers + EXTENDED_CAPABILITY) & NEEDED == NEEDED
        && capability & (LEVELS_BIT | WRITE_BUFFER) == LEVELS_BIT
        && first + u64::from(count) * 16 <= 0x1000;
    if able { Ok(()) } else { Err("it lacks what docs/caveats.md asks for") }
}

/// Offset and number of the fault recording registers (section 11.4.2).
pub fn fault_records(registers: u64) -> (u64, u32) {
    let capability = read::<u64>(registers + CAPABILITY);
    ((capability >> 24 & 0x3ff) * 16, (capability >> 40 & 0xff) as u32 + 1)
}

/// Puts the unit to use with this root table, and an interrupt table without entries: messages in the
/// older form do not pass then either.
pub fn enable(unit: &Unit, root: u64) {
    let at = |register| unit.registers + register;
    // What the firmware had in use ends; no function is a bus master now.
    write::<u32>(at(COMMAND), 0);
    wait(unit.registers, "off", || read::<u32>(at(STATUS)) & STAYING == 0);
    // No interrupt on a fault: the kernel looks.
    write::<u32>(at(FAULT_CONTROL), 1 << 31);
    write::<u64>(at(ROOT_TABLE), root);
    command(unit, SET_ROOT);
    write::<u64>(at(INTERRUPT_TABLE), unit.page | INTERRUPT_TABLE_SIZE);
    command(unit, SET_INTERRUPT_TABLE);
    write::<u64>(at(QUEUE_TAIL), 0);
    write::<u64>(at(QUEUE), unit.orders);
    command(unit, INVALIDATION_QUEUE);
    forget(unit);
    let (first, count) = fault_records(unit.registers);
    for record in 0..u64::from(count) {
        write::<u32>(at(first + record * 16 + 12), 1 << 31);
    }
    write::<u32>(at(FAULT_STATUS), u32::MAX);
    command(unit, TRANSLATION);
    command(unit, INTERRUPT_REMAPPING);
    // Ranges that the firmware protected while there were no tables.
    write::<u32>(at(PROTECTED_MEMORY), 0);
}

/// Makes the unit forget what it has cached.
pub fn forget(unit: &Unit) {
    order(unit, QUEUE_TAIL, invalidate_all(done(unit)).into_iter());
}

/// What its registers say.
pub fn state(registers: u64) -> DmaUnit {
    DmaUnit::VtD {
        root_table: read::<u64>(registers + ROOT_TABLE),
        interrupt_table: read::<u64>(registers + INTERRUPT_TABLE),
        status: read::<u32>(registers + STATUS),
    }
}

fn command(unit: &Unit, bit: u32) {
    let status = || read::<u32>(unit.registers + STATUS);
    write::<u32>(unit.registers + COMMAND, status() & STAYING | bit);
    wait(unit.registers, "a command", || status() & bit != 0);
}
