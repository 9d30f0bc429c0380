//! Walks the guest's page tables as the processor does (Intel SDM volume 3, chapter 4; AMD APM
//! volume 2, chapter 5): without paging, 32-bit, PAE and 4-level, with large pages.
//!
//! Protection keys, shadow stacks and 5-level paging are not there: a world's CPUID does not offer
//! them. Of the reserved bits, only those are looked at that software uses (no-execute where it is
//! off, the page size bit of the top level).

mod format;
mod remembered;
mod rights;
#[cfg(test)]
mod tests;

use cloister_device::GuestMemory;

use crate::cpu::{System, privilege_level};
use format::Format;
pub use remembered::Remembered;
use rights::Rights;

/// Bytes of a page of the smallest size.
pub const PAGE_BYTES: u64 = 4096;

/// What an access does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Reads data.
    Read,
    /// Writes data.
    Write,
    /// Fetches an instruction.
    Fetch,
}

/// Why there is no physical address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The processor would raise a page fault: for CR2, and the exception's error code.
    Page {
        /// The linear address.
        linear: u64,
        /// Bits 0 present, 1 write, 2 user, 3 reserved bit, 4 fetch.
        error_code: u32,
    },
    /// A page table lies at this guest-physical address, which is not memory.
    NoTable(u64),
    /// The guest has 5-level paging on.
    FiveLevels,
}

/// An entry that was used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Used {
    address: u64,
    /// What was there, with the marks that the walk has set.
    value: u64,
    /// Whether it has rights and marks.
    marked: bool,
}

/// A walk that led to a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Walk {
    physical: u64,
    used: [Used; MAX_LEVELS],
    count: usize,
}

const MAX_LEVELS: usize = 4;

const PRESENT: u64 = 1 << 0;
const ACCESSED: u32 = 1 << 5;
const DIRTY: u32 = 1 << 6;

/// How often a walk begins anew because another processor of the guest changed an entry meanwhile.
const ATTEMPTS: usize = 8;

/// The physical address of a linear one, for an access at the current privilege level.
///
/// Sets the accessed and dirty bits of the entries as the processor would: the emulator may write to
/// memory through a mapping that the processor has not used yet (`MOVS` from a device), and a guest
/// that trusts the dirty bit would lose what was written.
///
/// # Errors
/// See [`Fault`].
pub fn translate(
    memory: &impl GuestMemory,
    rflags: u64,
    system: &System,
    linear: u64,
    access: Access,
) -> Result<u64, Fault> {
    match Format::of(system)? {
        Some(format) => {
            walk(memory, rflags, system, format, linear, access).map(|walk| walk.physical)
        }
        None => Ok(linear & 0xffff_ffff),
    }
}

/// Walks until the entries stay as they are for long enough to be marked.
fn walk(
    memory: &impl GuestMemory,
    rflags: u64,
    system: &System,
    format: Format,
    linear: u64,
    access: Access,
) -> Result<Walk, Fault> {
    let user = privilege_level(rflags, system) == 3;
    for _ in 0..ATTEMPTS {
        let mut walk = attempt(memory, rflags, system, format, linear, access, user)?;
        if mark(memory, &mut walk, access)? {
            return Ok(walk);
        }
    }
    // Entries that change all the time: as if the mapping had just been removed. The guest looks,
    // and tries again.
    Err(Fault::Page { linear, error_code: rights::error_code(system, access, user, 0) })
}

/// One walk, which sets no marks.
fn attempt(
    memory: &impl GuestMemory,
    rflags: u64,
    system: &System,
    format: Format,
    linear: u64,
    access: Access,
    user: bool,
) -> Result<Walk, Fault> {
    let fault =
        |cause| Fault::Page { linear, error_code: rights::error_code(system, access, user, cause) };
    let mut used = [Used { address: 0, value: 0, marked: false }; MAX_LEVELS];
    let mut rights = Rights::ALL;
    let mut table = format.root(system.cr3);
    let mut level = format.levels();
    for (slot, count) in used.iter_mut().zip(1..) {
        let address = table + format.index(linear, level) * format.entry_bytes();
        let value = format.read(memory, address)?;
        if value & PRESENT == 0 {
            return Err(fault(0));
        }
        if !format.well_formed(value, level, system) {
            return Err(fault(rights::PRESENT | rights::RESERVED));
        }
        let marked = format.has_rights(level);
        if marked {
            rights.narrow(value);
        }
        *slot = Used { address, value, marked };
        if format.is_page(value, level) {
            if !rights.allow(access, user, rflags, system) {
                return Err(fault(rights::PRESENT));
            }
            return Ok(Walk { physical: format.page(value, level, linear), used, count });
        }
        table = format.table(value);
        level -= 1;
    }
    Err(fault(0))
}

/// Sets accessed bits, and the last entry's dirty bit for a write; false if an entry has changed.
fn mark(memory: &impl GuestMemory, walk: &mut Walk, access: Access) -> Result<bool, Fault> {
    let mut dirty = if access == Access::Write { DIRTY } else { 0 };
    for entry in walk.used.iter_mut().take(walk.count).rev() {
        let marks = if entry.marked { ACCESSED | dirty } else { 0 };
        dirty = 0;
        let missing = marks & !(entry.value as u32);
        // All that is looked at or set is in the low half, in each format.
        let low = entry.value as u32;
        if missing != 0
            && !memory
                .compare_exchange_u32(entry.address, low, low | missing)
                .map_err(|_| Fault::NoTable(entry.address))?
        {
            return Ok(false);
        }
        entry.value |= u64::from(missing);
    }
    Ok(true)
}
