//! Time, as the time stamp counter tells it.

use core::arch::x86_64::_rdtsc;

/// Ticks since the counter was 0.
pub fn now() -> u64 {
    // SAFETY: the counter can be read everywhere.
    unsafe { _rdtsc() }
}
