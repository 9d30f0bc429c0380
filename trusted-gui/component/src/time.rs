//! Time, as the time stamp counter tells it.

use cloister_runtime::now;

/// Turns ticks into seconds since the component was started.
#[derive(Clone, Copy)]
pub struct Clock {
    start: u64,
    ticks_per_second: u64,
}

impl Clock {
    /// Begins now.
    pub fn new(ticks_per_second: u64) -> Self {
        Self { start: now(), ticks_per_second: ticks_per_second.max(1) }
    }

    /// Whole seconds since then.
    pub fn seconds(&self) -> u32 {
        self.seconds_at(now())
    }

    /// Whole seconds from then to an instant; 0 if that was before.
    pub fn seconds_at(&self, instant: u64) -> u32 {
        let ticks = instant.saturating_sub(self.start);
        u32::try_from(ticks / self.ticks_per_second).unwrap_or(u32::MAX)
    }

    /// Ticks of so many milliseconds.
    pub const fn milliseconds(&self, count: u64) -> u64 {
        self.ticks_per_second.saturating_mul(count) / 1000
    }
}
