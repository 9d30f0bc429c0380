//! I/O page tables.

use super::{Format, LEVELS, PAGE};

/// Memory for tables, by physical address.
pub trait Memory {
    /// A page for a table; none if there are no more.
    fn take(&mut self) -> Option<u64>;
    /// The word at `address`.
    fn read(&self, address: u64) -> u64;
    /// Sets the word at `address`.
    fn write(&mut self, address: u64, value: u64);
}

/// There is no memory for another table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

/// A table in which nothing is mapped.
///
/// # Errors
/// If there is no memory for it.
pub fn table(memory: &mut dyn Memory, format: Format) -> Result<u64, Full> {
    let table = memory.take().ok_or(Full)?;
    for index in 0..512 {
        memory.write(table.wrapping_add(index * 8), format.absent());
    }
    Ok(table)
}

/// Lets a device, whose tables begin at `root`, see the `size` bytes at `physical` from the device address `start` on,
/// for reading and writing. All three are multiples of the page.
///
/// # Errors
/// If there is no memory for a table.
pub fn map(
    memory: &mut dyn Memory,
    format: Format,
    root: u64,
    (start, physical, size): (u64, u64, u64),
) -> Result<(), Full> {
    for offset in (0..size).step_by(PAGE as usize) {
        let mut at = root;
        for level in (1..=LEVELS).rev() {
            let shift = 12_u32.saturating_add(9 * level.saturating_sub(1));
            let index = start.wrapping_add(offset).unbounded_shr(shift) & 511;
            let entry = at.wrapping_add(index * 8);
            if level == 1 {
                memory.write(entry, format.entry(physical.wrapping_add(offset), 0));
                break;
            }
            if memory.read(entry) == format.absent() {
                let next = table(memory, format)?;
                memory.write(entry, format.entry(next, level.saturating_sub(1)));
            }
            at = memory.read(entry) & 0x000f_ffff_ffff_f000;
        }
    }
    Ok(())
}
