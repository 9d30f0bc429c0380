//! Time is the time stamp counter; the local APIC's timer is set in its terms.

use core::arch::asm;
use core::arch::x86_64::_rdtsc;

use cloister_tables::Clock;

use crate::local_apic;

/// The time stamp counter.
pub fn now() -> u64 {
    // SAFETY: every x86-64 processor has it, and the kernel never disables it.
    unsafe { _rdtsc() }
}

/// Sets the timer to `instant`, or to the longest that it can count if that is sooner. It never
/// fires early.
pub fn arm(clock: &Clock, instant: u64) {
    let rest = u128::from(instant.saturating_sub(now()));
    let ticks = (rest.wrapping_mul(u128::from(clock.timer_ratio)) >> 32).saturating_add(1);
    local_apic::arm(u32::try_from(ticks).unwrap_or(u32::MAX));
}

/// Halts until `instant`. The end of a halt does not depend on when it began, as the end of a loop
/// would.
pub fn wait_until(clock: &Clock, instant: u64) {
    while now() < instant {
        wait_for_interrupt(clock, instant);
    }
}

/// Halts until `instant` or any interrupt before it, which the stub acknowledges. The only place
/// where the kernel takes interrupts.
pub fn wait_for_interrupt(clock: &Clock, instant: u64) {
    arm(clock, instant);
    // SAFETY: between `sti` and `hlt` no interrupt is taken (AMD APM volume 3, STI); the stub
    // returns here and changes nothing.
    unsafe { asm!("sti", "hlt", "cli", options(nostack)) }
}
