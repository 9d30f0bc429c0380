//! Lock: the moment after which no configuration of the machine can change.
//!
//! The boot program's image is scrubbed, then the lower half of the address space is emptied. The
//! page tables themselves were reachable through that half only, so no code that runs afterwards
//! can change a mapping: there is none left through which to do it.

use cloister_hardware::handoff::{Handoff, Range};
use x86_64::registers::control::{Cr0, Cr0Flags, Cr3};

/// Entries of the root table that map the lower half.
const LOWER_HALF: usize = 256;

/// Locks; returns how many bytes were scrubbed.
///
/// # Safety
/// The boot program must never run again, and nothing in the lower half may be used any more.
/// `handoff` must be the kernel's own copy of what the boot program said.
pub unsafe fn lock(handoff: &Handoff) -> u64 {
    // SAFETY: the boot program's code and constants are mapped read-only; without write protection
    // the kernel can scrub them too. Nothing else is written meanwhile.
    unsafe { Cr0::update(|flags| flags.remove(Cr0Flags::WRITE_PROTECT)) };
    for range in handoff.scrub {
        // SAFETY: the boot program mapped its image to itself; the caller vouches that it is dead.
        unsafe { scrub(range) };
    }
    // SAFETY: write protection only takes rights away.
    unsafe { Cr0::update(|flags| flags.insert(Cr0Flags::WRITE_PROTECT)) };

    // The lowest entry maps the table that is being written, so it goes last.
    for index in (0..LOWER_HALF).rev() {
        let entry = (handoff.root_table as *mut u64).wrapping_add(index);
        // SAFETY: the boot program mapped the root table to itself, in the lowest 4 GiB.
        unsafe { entry.write_volatile(0) };
    }
    let (root, flags) = Cr3::read();
    // SAFETY: the same table, so that the processor forgets what it held; this code, its stack and
    // its data are in the upper half, which is as it was.
    unsafe { Cr3::write(root, flags) };
    handoff.scrub.iter().fold(0, |sum, range| range.size().wrapping_add(sum))
}

/// Overwrites a range with zeros.
///
/// # Safety
/// The range must be mapped, writable with the protections in force, and used by nothing.
unsafe fn scrub(range: Range) {
    let mut address = range.start;
    while address < range.end {
        // SAFETY: passed on to the caller. Volatile, so that it is done although nobody reads it.
        unsafe { (address as *mut u64).write_volatile(0) };
        address = address.wrapping_add(8);
    }
}
