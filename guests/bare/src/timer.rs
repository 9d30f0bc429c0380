//! The local APIC's timer, once at a time: by an instant of the time stamp counter where the processor
//! can, else by a count.

use crate::apic::{self, CURRENT_COUNT, DIVISOR, INITIAL_COUNT, TIMER_ENTRY};
use crate::fault::write_msr;
use crate::identity;
use crate::instructions::now;
use crate::interrupts::TIMER;

/// IA32_TSC_DEADLINE.
const DEADLINE: u32 = 0x6e0;
const MASKED: u32 = 1 << 16;
const DEADLINE_MODE: u32 = 0b10 << 17;
const BY_ONE: u32 = 0b1011;
/// Ticks over which the count is compared with the time stamp counter.
const COMPARED: u64 = 200_000;
/// Fractional bits of [`Timer::Count`].
const FRACTION: u32 = 20;

/// How the timer is set.
#[derive(Clone, Copy, Debug)]
pub enum Timer {
    /// By an instant.
    Deadline,
    /// By a count; so many 2^-20ths of a tick go by for each.
    Count(u64),
}

impl Timer {
    /// Prepares the timer. The APIC has to be on, in the mode that it stays in.
    pub fn start() -> Self {
        if identity::has_deadline_timer() {
            apic::write(TIMER_ENTRY, DEADLINE_MODE | u32::from(TIMER));
            // In memory mode the write above is not ordered before a write of the register (Intel
            // SDM volume 3, section 11.5.4.1).
            // SAFETY: a barrier.
            unsafe { core::arch::asm!("mfence", options(nostack)) };
            return Self::Deadline;
        }
        apic::write(DIVISOR, BY_ONE);
        apic::write(TIMER_ENTRY, MASKED | u32::from(TIMER));
        apic::write(INITIAL_COUNT, u32::MAX);
        let (start, first) = (now(), apic::read(CURRENT_COUNT));
        while now().wrapping_sub(start) < COMPARED {}
        let (end, last) = (now(), apic::read(CURRENT_COUNT));
        let counted = u64::from(first.saturating_sub(last)).max(1);
        apic::write(INITIAL_COUNT, 0);
        apic::write(TIMER_ENTRY, u32::from(TIMER));
        Self::Count((end.wrapping_sub(start) << FRACTION) / counted)
    }

    /// Lets the timer interrupt in `delay` ticks, less than 2^40. Gives the instant at which it should.
    pub fn arm(self, delay: u64) -> u64 {
        match self {
            Self::Deadline => {
                let instant = now().wrapping_add(delay);
                // SAFETY: the interrupt has a handler.
                let _ = unsafe { write_msr(DEADLINE, instant) };
                instant
            }
            Self::Count(ticks) => {
                let count = (delay << FRACTION) / ticks.max(1);
                let instant = now().wrapping_add(delay);
                apic::write(INITIAL_COUNT, u32::try_from(count).unwrap_or(u32::MAX).max(1));
                instant
            }
        }
    }
}
