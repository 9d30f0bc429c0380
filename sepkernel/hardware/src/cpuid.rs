//! What the processor says of itself.

use core::arch::x86_64::{__cpuid_count, CpuidResult};

/// A leaf of `CPUID` (subleaf 0), if this processor has it (AMD APM volume 3, appendix E.2).
#[must_use]
pub fn leaf(number: u32) -> Option<CpuidResult> {
    let largest = __cpuid_count(number & 0x8000_0000, 0).eax;
    (largest >= number).then(|| __cpuid_count(number, 0))
}
