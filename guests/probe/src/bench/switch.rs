//! What it costs to give the processor to another world and back: for a schedule of two frames of one
//! length, where the switching allowance is shorter than a switch, so that nothing is waited for.

use core::hint::spin_loop;

use cloister_bare::instructions::now;
use cloister_bare::{idle, say};

use super::report;

/// A gap between two readings of the clock that is somebody else's frame, and none of the machine.
const FRAME: u64 = 20_000;

/// Measures half of what the processor was away for longer than this world had it, again and again.
pub fn run() -> ! {
    say!("probe: switch");
    let mut clock = Clock { before: now() };
    clock.next_gap();
    report("world-switch", 1, |_| {
        let (_, begun) = clock.next_gap();
        let (ended, begun_again) = clock.next_gap();
        let (own, away) = (ended.wrapping_sub(begun), begun_again.wrapping_sub(ended));
        // The switch away and the switch back make the other's frame longer and the own one shorter.
        away.saturating_sub(own) / 2
    });
    say!("probe: done");
    idle()
}

struct Clock {
    before: u64,
}

impl Clock {
    /// When the next frame of somebody else began and ended.
    fn next_gap(&mut self) -> (u64, u64) {
        loop {
            let (before, now) = (self.before, now());
            self.before = now;
            if now.wrapping_sub(before) > FRAME {
                return (before, now);
            }
            spin_loop();
        }
    }
}
