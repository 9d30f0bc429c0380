//! A walk through the tables of one address space, as the hardware would walk for every address.

use core::ops::Range;

use super::entry::{Access, Entry, decode};
use super::frames::{FrameRange, holding};
use super::{Machine, PhysAddr, Place, TableReader, Violation};
use crate::subject::SubjectId;

/// Entries of a table.
const ENTRIES: u16 = 512;

/// The root's entries for the lower half of a native address space.
pub const LOWER_HALF: Range<u16> = 0..256;
/// The root's entries for the kernel's half.
pub const KERNEL_HALF: Range<u16> = 256..512;
/// All of the root's entries.
pub const WHOLE: Range<u16> = 0..ENTRIES;

/// A mapping: an entry that leads to frames, with what all entries on the way to it allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mapping {
    pub at: Place,
    pub frames: FrameRange,
    pub access: Access,
}

/// How tables are to be read.
#[derive(Clone, Copy)]
pub struct Format {
    /// How many levels there are, 4 at most.
    pub levels: u32,
    /// What an entry of a table says: its value, the table's level, bits of physical addresses.
    pub decode: fn(u64, u32, u32) -> Entry,
}

/// Page tables of the processor.
pub const PAGE_TABLES: Format = Format { levels: 4, decode };

/// Walks through tables.
#[derive(Clone, Copy)]
pub struct Walker<'a> {
    pub machine: &'a Machine<'a>,
    pub reader: &'a dyn TableReader,
}

/// A table on the way from the root.
#[derive(Clone, Copy)]
struct Step {
    table: u64,
    next: u16,
    end: u16,
    access: Access,
}

/// The physical address of an entry.
pub const fn entry_address(table: u64, index: u16) -> PhysAddr {
    PhysAddr(table.saturating_add((index as u64).saturating_mul(8)))
}

impl Walker<'_> {
    /// Calls `visit` for each mapping under some entries of a root table, in the order of virtual
    /// addresses.
    ///
    /// # Errors
    /// The first malformed entry, table outside the frames of tables or loop, or what `visit`
    /// returns.
    pub fn walk(
        &self,
        format: &Format,
        subject: SubjectId,
        root: PhysAddr,
        entries: Range<u16>,
        visit: &mut dyn FnMut(Mapping) -> Result<(), Violation>,
    ) -> Result<(), Violation> {
        let first =
            Step { table: root.0, next: entries.start, end: entries.end, access: Access::FULL };
        let mut path = [first; 4];
        let mut depth = 0_usize;
        let mut tables_left = self.table_count();
        while let Some(step) = path.get_mut(depth) {
            if step.next >= step.end {
                let Some(above) = depth.checked_sub(1) else { break };
                depth = above;
                continue;
            }
            let Step { table, next: index, access, .. } = *step;
            step.next = index.saturating_add(1);
            let value = self.reader.read(PhysAddr(table), index);
            let at = Place { subject, entry: entry_address(table, index) };
            let level = format.levels.saturating_sub(depth as u32);
            match (format.decode)(value, level, self.machine.physical_bits) {
                Entry::Absent => {}
                Entry::Malformed => return Err(Violation::Malformed { at, value }),
                Entry::Frames(frames, own) => {
                    visit(Mapping { at, frames, access: access.and(own) })?;
                }
                Entry::Table(table, own) => {
                    self.check_table(at, table)?;
                    tables_left = tables_left.checked_sub(1).ok_or(Violation::Loop(subject))?;
                    depth = depth.saturating_add(1);
                    if let Some(step) = path.get_mut(depth) {
                        *step = Step { table, next: 0, end: ENTRIES, access: access.and(own) };
                    }
                }
            }
        }
        Ok(())
    }

    /// A table must lie where tables are: nowhere else is it safe from being written.
    pub fn check_table(&self, at: Place, table: u64) -> Result<(), Violation> {
        let frame = table >> 12;
        match holding(self.machine.tables, frame) {
            Some(_) => Ok(()),
            None => Err(Violation::TableElsewhere { at, frame }),
        }
    }

    /// How many tables there can be.
    fn table_count(&self) -> u64 {
        let counts = self.machine.tables.iter().map(|range| range.end.saturating_sub(range.first));
        counts.fold(0, u64::saturating_add)
    }
}
