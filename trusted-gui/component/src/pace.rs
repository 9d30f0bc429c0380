//! How much of the worlds' pictures is looked at in one frame: as much as leaves time for the rest.

use cloister_runtime::{Item, info, now};

/// Pixels that are looked at in a frame at least: the picture must go on, however slow the machine is.
const LEAST: u32 = 16 << 10;
/// And at most: more than any screen has.
const MOST: u32 = 16 << 20;

/// The budget, which follows the time that it takes.
pub struct Pace {
    budget: u32,
}

impl Pace {
    /// Begins with what every machine can do.
    pub const fn new() -> Self {
        Self { budget: LEAST }
    }

    /// Pixels for this frame.
    pub const fn budget(&self) -> u32 {
        self.budget
    }

    /// Learns from a frame in which drawing began at `start`: half of the component's time is for it.
    pub fn learn(&mut self, start: u64) {
        let frame = info(Item::FrameEnd).saturating_sub(info(Item::FrameStart));
        let used = now().saturating_sub(start);
        let change = self.budget / 4;
        let budget = if used > frame / 2 {
            self.budget - change
        } else {
            self.budget.saturating_add(change)
        };
        self.budget = budget.clamp(LEAST, MOST);
    }
}
