//! Walks the guest's page tables as the processor does (Intel SDM volume 3, chapter 4; AMD APM
//! volume 2, chapter 5): without paging, 32-bit, PAE and 4-level, with large pages.
//!
//! Protection keys, shadow stacks and 5-level paging are not there: a world's CPUID does not offer
//! them. Of the reserved bits, only those are looked at that software uses (no-execute where it is
//! off, the page size bit of the top level).

mod format;
mod rights;
#[cfg(test)]
mod tests;

use cloister_device::GuestMemory;

use crate::cpu::{System, privilege_level};
use format::Format;
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

/// An entry that was used, so that it can be marked.
#[derive(Clone, Copy)]
struct Used {
    address: u64,
    /// Its low half, which has all the bits that are looked at and set.
    low: u32,
}

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
    let Some(format) = Format::of(system)? else {
        return Ok(linear & 0xffff_ffff);
    };
    let user = privilege_level(rflags, system) == 3;
    for _ in 0..ATTEMPTS {
        if let Some(physical) = walk(memory, rflags, system, format, linear, access, user)? {
            return Ok(physical);
        }
    }
    // Entries that change all the time: as if the mapping had just been removed. The guest looks,
    // and tries again.
    Err(Fault::Page { linear, error_code: rights::error_code(system, access, user, 0) })
}

/// One walk; nothing if an entry changed before it could be marked.
fn walk(
    memory: &impl GuestMemory,
    rflags: u64,
    system: &System,
    format: Format,
    linear: u64,
    access: Access,
    user: bool,
) -> Result<Option<u64>, Fault> {
    let fault =
        |cause| Fault::Page { linear, error_code: rights::error_code(system, access, user, cause) };
    let mut used = [None; 4];
    let mut rights = Rights::ALL;
    let mut table = format.root(system.cr3);
    let mut level = format.levels();
    for slot in &mut used {
        let address = table + format.index(linear, level) * format.entry_bytes();
        let entry = format.read(memory, address)?;
        if entry & PRESENT == 0 {
            return Err(fault(0));
        }
        if !format.well_formed(entry, level, system) {
            return Err(fault(rights::PRESENT | rights::RESERVED));
        }
        if format.has_rights(level) {
            rights.narrow(entry);
            *slot = Some(Used { address, low: entry as u32 });
        }
        if format.is_page(entry, level) {
            if !rights.allow(access, user, rflags, system) {
                return Err(fault(rights::PRESENT));
            }
            let physical = format.page(entry, level, linear);
            return Ok(mark(memory, &used, access)?.then_some(physical));
        }
        table = format.table(entry);
        level -= 1;
    }
    Err(fault(0))
}

/// Sets accessed bits, and the last entry's dirty bit for a write; false if an entry has changed.
fn mark(memory: &impl GuestMemory, used: &[Option<Used>], access: Access) -> Result<bool, Fault> {
    let mut dirty = if access == Access::Write { DIRTY } else { 0 };
    for entry in used.iter().rev().flatten() {
        let marked = entry.low | ACCESSED | dirty;
        dirty = 0;
        if marked != entry.low
            && !memory
                .compare_exchange_u32(entry.address, entry.low, marked)
                .map_err(|_| Fault::NoTable(entry.address))?
        {
            return Ok(false);
        }
    }
    Ok(true)
}
