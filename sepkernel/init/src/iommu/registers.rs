//! Access to an IOMMU's registers, and to the memory that it shares with the processor.

use crate::stop;

/// How often a unit is looked at that was told something: some seconds.
const PATIENCE: u32 = 5_000_000;

pub fn read<T: Copy>(address: u64) -> T {
    // SAFETY: registers and tables of IOMMUs are mapped to themselves, and this module's alone; they are
    // integers.
    unsafe { (address as *const T).read_volatile() }
}

pub fn write<T: Copy>(address: u64, value: T) {
    // SAFETY: as above; what is written only ever lets devices do less, or what the policy says.
    unsafe { (address as *mut T).write_volatile(value) }
}

/// Waits until a unit has done what it was told; stops if it does not.
pub fn wait(unit: u64, what: &str, is_done: impl Fn() -> bool) {
    if !(0..PATIENCE).any(|_| is_done()) {
        stop!("the IOMMU at {unit:#x} does not answer: {what}");
    }
}

/// Makes all that was written to tables visible to units that do not look into the processor's caches.
pub fn write_back_caches() {
    // SAFETY: writing caches back changes no content.
    unsafe { core::arch::asm!("wbinvd", options(nostack, preserves_flags)) }
}
