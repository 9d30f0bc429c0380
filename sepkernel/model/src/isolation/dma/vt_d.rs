//! Tables of Intel VT-d in legacy mode (VT-d specification 4.1, sections 9.1, 9.3, 9.8 and 9.9).

use super::super::Violation;
use super::super::entry::{Access, Entry, frames};
use super::super::walk::{Format, Walker, entry_address};
use super::{DmaInterrupt, DmaRule, Tables, word};

const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const PRESENT: u64 = 1;

/// Visits the tables of all functions that a unit lets pass.
pub fn unit(
    walker: &Walker<'_>,
    root_table: u64,
    interrupt_table: u64,
    status: u32,
    each: &mut dyn FnMut(Tables) -> Result<(), Violation>,
) -> Result<(), Violation> {
    /// Translation and interrupt remapping are on, messages of the older form do not pass.
    const MASK: u32 = 1 << 31 | 1 << 25 | 1 << 23;
    const ON: u32 = 1 << 31 | 1 << 25;
    if status & MASK != ON || root_table & !ADDRESS != 0 {
        return Err(Violation::Dma { rule: DmaRule::Unit, of: 0 });
    }
    interrupts(walker, interrupt_table)?;
    for bus in 0..256_u16 {
        let contexts = word(walker, root_table, u64::from(bus) * 2)?;
        if contexts & PRESENT == 0 {
            continue;
        }
        for function in 0..256_u16 {
            let number = u64::from(function) * 2;
            let low = word(walker, contexts & ADDRESS, number)?;
            if low & PRESENT == 0 {
                continue;
            }
            let high = word(walker, contexts & ADDRESS, number.saturating_add(1))?;
            let requester = bus << 8 | function;
            let levels = match (low >> 2 & 0b11, high & 0b111) {
                (0, 1) => 3,
                (0, 2) => 4,
                _ => return Err(Violation::Dma { rule: DmaRule::Unconfined, of: requester }),
            };
            let entry = entry_address(contexts & ADDRESS, number as u16);
            let format = Format { levels, decode };
            each((requester, entry, low & ADDRESS, format))?;
        }
    }
    Ok(())
}

/// Each entry of the interrupt remapping table that lets a message pass is for one function and what the kernel expects
/// of it: fixed, physical, by edge. There are two words in an entry.
fn interrupts(walker: &Walker<'_>, register: u64) -> Result<(), Violation> {
    const FIELDS: u64 = 0xff << 40 | 0xff << 16 | PRESENT;
    /// All bits of the function's number are compared.
    const COMPARED: u64 = 0b01 << 2;
    let table = register & ADDRESS;
    for number in 0..2_u64 << (register & 0xf) {
        let low = word(walker, table, number.saturating_mul(2))?;
        if low & PRESENT == 0 {
            continue;
        }
        let high = word(walker, table, number.saturating_mul(2).saturating_add(1))?;
        let (vector, processor) = ((low >> 16) as u8, (low >> 40) as u8);
        let interrupt = DmaInterrupt { requester: high as u16, vector, processor };
        let plain = low & !FIELDS == 0 && high >> 16 == COMPARED;
        if !plain || !walker.machine.dma_interrupts.contains(&interrupt) {
            return Err(Violation::Dma { rule: DmaRule::Interrupts, of: number as u16 });
        }
    }
    Ok(())
}

/// An entry of a second-level table.
fn decode(value: u64, level: u32, physical_bits: u32) -> Entry {
    const LARGE: u64 = 1 << 7;
    let access = Access { write: value & 0b10 != 0, user: true, execute: false };
    let address = value & ADDRESS;
    if value & 0b111 == 0 {
        return Entry::Absent;
    }
    if address.unbounded_shr(physical_bits) != 0 {
        return Entry::Malformed;
    }
    match (level, value & LARGE != 0) {
        (1, _) | (2 | 3, true) => frames(address, level, access),
        (2..=4, false) => Entry::Table(address, access),
        _ => Entry::Malformed,
    }
}
