//! Tables of AMD's IOMMU (AMD I/O Virtualization Technology specification 3.08, sections 2.2.2 and 2.2.3).

use super::super::entry::{Access, Entry, frames};
use super::super::walk::{Format, Walker};
use super::super::{PhysAddr, Violation};
use super::{DmaInterrupt, DmaRule, Tables, word};

const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const VALID: u64 = 0b11;
const READ: u64 = 1 << 61;
const WRITE: u64 = 1 << 62;

/// Visits the tables of all functions that a unit lets pass.
pub fn unit(
    walker: &Walker<'_>,
    device_table: u64,
    control: u64,
    exclusion: u64,
    each: &mut dyn FnMut(Tables) -> Result<(), Violation>,
) -> Result<(), Violation> {
    /// With 512 pages there is an entry for every function.
    const WHOLE: u64 = 511;
    if control & 1 == 0 || exclusion & 1 != 0 || device_table & 0xfff != WHOLE {
        return Err(Violation::Dma { rule: DmaRule::Unit, of: 0 });
    }
    let table = device_table & ADDRESS;
    for requester in 0..=u16::MAX {
        let number = u64::from(requester) * 4;
        let read = |place| word(walker, table, number.saturating_add(place));
        let (first, second, third) = (read(0)?, read(1)?, read(2)?);
        let wrong = |rule| Err(Violation::Dma { rule, of: requester });
        match third & INTERRUPTS {
            INTERRUPTS_DENIED => {}
            INTERRUPTS_REMAPPED if are_expected(walker, requester, third)? => {}
            _ => return wrong(DmaRule::Interrupts),
        }
        // An entry that is not valid lets everything through; so do some bits beside the tables.
        if first & VALID != VALID || first & OTHER_TABLES != 0 || second & OTHER_WAYS != 0 {
            return wrong(DmaRule::Unconfined);
        }
        if first & (READ | WRITE) == 0 {
            continue;
        }
        let levels = (first >> 9 & 7) as u32;
        if !(1..=4).contains(&levels) {
            return wrong(DmaRule::Unconfined);
        }
        let entry = PhysAddr(table.saturating_add(number.saturating_mul(8)));
        each((requester, entry, first & ADDRESS, Format { levels, decode }))?;
    }
    Ok(())
}

/// Guest translation, and page requests.
const OTHER_TABLES: u64 = 0b11 << 55 | 1 << 52;
/// Ports, system management messages, and what the device says that it has translated itself.
const OTHER_WAYS: u64 = 1 << 32 | 0b11 << 35 | 0b111 << 39;
/// Whether interrupts are looked at; what passes all the same; what is done with the others.
const INTERRUPTS: u64 = 1 | 0b111 << 56 | 0b1111 << 60;
const INTERRUPTS_DENIED: u64 = 1;
const INTERRUPTS_REMAPPED: u64 = 1 | 0b10 << 60;

/// Whether each entry of a function's interrupt table that lets a message pass is what the kernel expects of it: fixed,
/// physical. There are two entries in a word (section 2.2.5.2).
fn are_expected(walker: &Walker<'_>, requester: u16, third: u64) -> Result<bool, Violation> {
    const FIELDS: u32 = 0xffff << 8 | 1;
    let table = third & 0x000f_ffff_ffff_ffc0;
    let mut all = table & 0xfff == 0;
    for number in 0..1_u64 << (third >> 1 & 0xf) {
        let entry = (word(walker, table & ADDRESS, number / 2)? >> (number % 2 * 32)) as u32;
        let (vector, processor) = ((entry >> 16) as u8, (entry >> 8) as u8);
        let expected = DmaInterrupt { requester, vector, processor };
        let expected = walker.machine.dma_interrupts.contains(&expected);
        all &= entry & 1 == 0 || entry & !FIELDS == 0 && expected;
    }
    Ok(all)
}

/// An entry of an I/O page table.
fn decode(value: u64, level: u32, physical_bits: u32) -> Entry {
    let access = Access { write: value & WRITE != 0, user: true, execute: false };
    let address = value & ADDRESS;
    let next = (value >> 9 & 7) as u32;
    if value & 1 == 0 {
        return Entry::Absent;
    }
    if address.unbounded_shr(physical_bits) != 0 {
        return Entry::Malformed;
    }
    match next {
        0 => frames(address, level, access),
        _ if next == level.saturating_sub(1) => Entry::Table(address, access),
        // A level left out, or pages of other sizes.
        _ => Entry::Malformed,
    }
}
