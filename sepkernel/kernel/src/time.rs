//! Time is the time stamp counter; the timer is set in its terms.

use core::arch::asm;
use core::arch::x86_64::_rdtsc;

use crate::local_apic;

/// How the local APIC's timer relates to the time stamp counter.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Ticks of the timer for 2^32 of the time stamp counter, rounded up, so that the timer never
    /// fires early.
    pub timer_ratio: u64,
}

/// The time stamp counter.
pub fn now() -> u64 {
    // SAFETY: every x86-64 processor has it, and the kernel never disables it.
    unsafe { _rdtsc() }
}

impl Clock {
    /// Sets the timer to `instant`, or to the longest that it can count if that is sooner.
    pub fn arm(&self, instant: u64) {
        let rest = u128::from(instant.saturating_sub(now()));
        let ticks = (rest.wrapping_mul(u128::from(self.timer_ratio)) >> 32).saturating_add(1);
        local_apic::arm(u32::try_from(ticks).unwrap_or(u32::MAX));
    }

    /// Halts until `instant`. The end of a halt does not depend on when it began, as the end of a
    /// loop would.
    pub fn wait_until(&self, instant: u64) {
        while now() < instant {
            self.arm(instant);
            halt_once();
        }
    }
}

/// Halts until an interrupt, which the stub acknowledges. The only place where the kernel takes
/// interrupts.
fn halt_once() {
    // SAFETY: between `sti` and `hlt` no interrupt is taken (AMD APM volume 3, STI); the stub
    // returns here and changes nothing.
    unsafe { asm!("sti", "hlt", "cli", options(nostack)) }
}
