//! A unit of AMD's (AMD I/O Virtualization Technology specification 3.08, sections 2.4 and 3.4).

use cloister_model::iommu::amd_vi::{
    BUFFER_SIZE, DEVICE_TABLE_SIZE, forget_device, invalidate_all,
};
use cloister_model::isolation::DmaUnit;

use super::registers::{read, write, write_back_caches};
use super::{Unit, done, order};

const DEVICE_TABLE: u64 = 0x00;
const COMMANDS: u64 = 0x08;
const EVENTS: u64 = 0x10;
const CONTROL: u64 = 0x18;
const EXCLUSION: u64 = 0x20;
const FEATURES: u64 = 0x30;
/// The page of heads and tails: of commands, then of events.
pub const POINTERS: u64 = 0x2000;
/// Where in it the head of the events is.
pub const EVENT_HEAD: u64 = 0x10;
const COMMAND_TAIL: u64 = 0x2008;
/// What is noted here is cleared by ones.
const STATUS: u64 = 0x2020;

/// Why the unit cannot be used, if it cannot.
pub fn check(registers: u64) -> Result<(), &'static str> {
    const INVALIDATES_ALL: u64 = 1 << 6;
    let able = read::<u64>(registers + FEATURES) & INVALIDATES_ALL != 0;
    if able { Ok(()) } else { Err("it cannot forget everything at once") }
}

/// Puts the unit to use with this device table.
pub fn enable(unit: &Unit, device_table: u64) {
    /// The unit, its event log and commands, and looking into the processor's caches.
    const ON: u64 = 1 << 0 | 1 << 2 | 1 << 10 | 1 << 12;
    let set = |register, value| write::<u64>(unit.registers + register, value);
    set(CONTROL, 0);
    set(DEVICE_TABLE, device_table | DEVICE_TABLE_SIZE);
    set(COMMANDS, unit.orders | BUFFER_SIZE);
    set(EVENTS, unit.page | BUFFER_SIZE);
    set(EXCLUSION, 0);
    (POINTERS..STATUS).step_by(8).for_each(|register| set(register, 0));
    set(STATUS, 0x1f);
    write_back_caches();
    set(CONTROL, ON);
    forget(unit, &[]);
}

/// Makes the unit forget what it has cached, and the entries of these devices.
pub fn forget(unit: &Unit, devices: &[u16]) {
    let devices = devices.iter().map(|device| forget_device(*device));
    order(unit, COMMAND_TAIL, devices.chain(invalidate_all(done(unit))));
}

/// What its registers say.
pub fn state(registers: u64) -> DmaUnit {
    DmaUnit::AmdVi {
        device_table: read::<u64>(registers + DEVICE_TABLE),
        control: read::<u64>(registers + CONTROL),
        exclusion: read::<u64>(registers + EXCLUSION),
    }
}
