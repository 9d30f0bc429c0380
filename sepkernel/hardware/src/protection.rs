//! The processor's own protections: switched on where they exist, reported either way.

use x86_64::registers::control::{Cr0, Cr0Flags, Cr4, Cr4Flags};
use x86_64::registers::model_specific::{Efer, EferFlags};

use crate::cpuid::leaf;

/// What this processor offers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Protections {
    /// Pages that cannot be executed (NX).
    pub no_execute: bool,
    /// Supervisor-mode execution prevention (SMEP).
    pub smep: bool,
    /// Supervisor-mode access prevention (SMAP).
    pub smap: bool,
    /// User-mode instruction prevention (UMIP).
    pub umip: bool,
    /// Pages of 1 GiB.
    pub gigabyte_pages: bool,
}

impl Protections {
    /// Asks the processor (AMD APM volume 3, appendix E).
    #[must_use]
    pub fn of_this_processor() -> Self {
        let features = leaf(7).map_or((0, 0), |leaf| (leaf.ebx, leaf.ecx));
        let extended = leaf(0x8000_0001).map_or(0, |leaf| leaf.edx);
        let bit = |word: u32, position: u32| word >> position & 1 == 1;
        Self {
            no_execute: bit(extended, 20),
            smep: bit(features.0, 7),
            smap: bit(features.0, 20),
            umip: bit(features.1, 2),
            gigabyte_pages: bit(extended, 26),
        }
    }

    /// Switches them on, and write protection with them.
    ///
    /// # Safety
    /// The page tables in use must allow what the running code does: no execution of user or
    /// no-execute pages, no access to user pages, no write to read-only pages.
    pub unsafe fn enable(self) {
        // SAFETY: the caller vouches for the page tables; the bits exist on this processor.
        unsafe {
            if self.no_execute {
                Efer::update(|flags| flags.insert(EferFlags::NO_EXECUTE_ENABLE));
            }
            Cr0::update(|flags| flags.insert(Cr0Flags::WRITE_PROTECT));
            Cr4::update(|flags| {
                flags.set(Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION, self.smep);
                flags.set(Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION, self.smap);
                flags.set(Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION, self.umip);
            });
        }
    }

    /// Each by its short name, with whether this processor has it.
    #[must_use]
    pub const fn named(self) -> [(&'static str, bool); 4] {
        [("NX", self.no_execute), ("SMEP", self.smep), ("SMAP", self.smap), ("UMIP", self.umip)]
    }
}
