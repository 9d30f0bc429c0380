//! What a processor holds of who ran before, and how to make it forget: branch predictors, buffers, the
//! first level's data cache.

use core::arch::asm;

use x86_64::registers::model_specific::Msr;

use crate::cpuid::leaf;
use crate::processor::DATA_SELECTOR;

/// The ways of forgetting that a processor has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flushes {
    /// Indirect branch prediction barrier (AMD APM volume 2, section 3.2.9; Intel SDM volume 4,
    /// `IA32_PRED_CMD`).
    predictors: bool,
    /// `VERW` overwrites buffers (Intel SDM volume 2, `VERW`, with `MD_CLEAR`). AMD's processors do
    /// not need it.
    buffers: bool,
    /// Write-back and invalidation of the first level's data cache (Intel SDM volume 4,
    /// `IA32_FLUSH_CMD`).
    data_cache: bool,
}

impl Flushes {
    /// Asks the processor.
    #[must_use]
    pub fn of_this_processor() -> Self {
        let intel = leaf(7).map_or(0, |leaf| leaf.edx);
        let amd = leaf(0x8000_0008).map_or(0, |leaf| leaf.ebx);
        let bit = |word: u32, position: u32| word >> position & 1 == 1;
        Self {
            predictors: bit(intel, 26) || bit(amd, 12),
            buffers: bit(intel, 10),
            data_cache: bit(intel, 28),
        }
    }

    /// Makes this processor forget, as far as it can.
    pub fn run(self) {
        const PREDICTION_COMMAND: u32 = 0x49;
        const FLUSH_COMMAND: u32 = 0x10b;
        if self.predictors {
            // SAFETY: the register exists on this processor; writing it changes no state that a
            // program could rely on.
            unsafe { Msr::new(PREDICTION_COMMAND).write(1) };
        }
        if self.data_cache {
            // SAFETY: as above.
            unsafe { Msr::new(FLUSH_COMMAND).write(1) };
        }
        if self.buffers {
            let selector = DATA_SELECTOR.0;
            // SAFETY: reads the selector and changes a flag.
            unsafe { asm!("verw [{}]", in(reg) &raw const selector, options(nostack, readonly)) }
        }
    }

    /// Each by its short name, with whether this processor has it.
    #[must_use]
    pub const fn named(self) -> [(&'static str, bool); 3] {
        [("IBPB", self.predictors), ("VERW", self.buffers), ("L1D flush", self.data_cache)]
    }
}
