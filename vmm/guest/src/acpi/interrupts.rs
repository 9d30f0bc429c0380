//! Interrupt controllers: the MADT (ACPI 6.5, section 5.2.12).

use super::table::Table;
use super::{MAX_PROCESSORS, Machine};

/// There are 8259s too.
const HAS_8259: u32 = 1;
const ENABLED: u32 = 1;

/// The I/O APIC's own identifier, which no local APIC of a small machine has.
const IO_APIC: u8 = 0xff;
const LEVEL_ACTIVE_HIGH: u16 = 0b1101;
const AS_THE_BUS: u16 = 0;
const ALL_PROCESSORS: u8 = 0xff;

/// The MADT.
pub(super) fn description<'a>(buffer: &'a mut [u8], machine: &Machine<'_>) -> Table<'a> {
    let mut table = Table::new(buffer, *b"APIC", 5);
    table.bytes(&machine.local_apic.to_le_bytes());
    table.bytes(&HAS_8259.to_le_bytes());
    // Identifiers below 255 stand in entries of this kind, whether the APIC is in x2APIC mode or not.
    for number in 0..machine.processors.min(MAX_PROCESSORS) {
        table.bytes(&[0, 8, number as u8, number as u8]);
        table.bytes(&ENABLED.to_le_bytes());
    }
    table.bytes(&[1, 12, IO_APIC, 0]);
    table.bytes(&machine.io_apic.to_le_bytes());
    table.bytes(&0_u32.to_le_bytes());
    // The timer arrives at input 2, and the system control interrupt is not like others of ISA.
    source_override(&mut table, 0, 2, AS_THE_BUS);
    let system_control = machine.power.interrupt;
    source_override(&mut table, system_control, system_control.into(), LEVEL_ACTIVE_HIGH);
    // LINT1 is the non-maskable interrupt.
    table.bytes(&[4, 6, ALL_PROCESSORS, 0, 0, 1]);
    table
}

/// Where an ISA interrupt arrives.
fn source_override(table: &mut Table<'_>, source: u8, input: u32, flags: u16) {
    const ISA: u8 = 0;
    table.bytes(&[2, 10, ISA, source]);
    table.bytes(&input.to_le_bytes());
    table.bytes(&flags.to_le_bytes());
}
