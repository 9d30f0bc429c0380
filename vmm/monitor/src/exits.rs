//! How often the guest left, and why: for whoever wants to know what costs. It is told on the log when the
//! guest begins a break on its serial line.

use cloister_runtime::abi::ExitReason;
use cloister_runtime::log;

/// Reasons for which a monitor is asked.
const REASONS: usize = ExitReason::Pause as usize + 1;

/// Exits of a virtual processor since they were last told of.
pub struct Exits {
    /// Those that the monitor was asked for, by reason.
    asked: [u64; REASONS],
    /// How many there had been, and what the time stamp counter was.
    told: (u64, u64),
}

impl Exits {
    /// None so far.
    pub const fn new() -> Self {
        Self { asked: [0; REASONS], told: (0, 0) }
    }

    /// One for which the monitor was asked.
    pub fn count(&mut self, reason: u64) {
        if let Some(count) = self.asked.get_mut(reason as usize) {
            *count = count.wrapping_add(1);
        }
    }

    /// Tells of them, where there have been `all` until `now`, those that the kernel saw to included; and
    /// begins anew.
    pub fn tell(&mut self, all: u64, now: u64) {
        let [_, ports, memory, reads, writes, windows, control_reads, control_writes, pauses] =
            core::mem::replace(&mut self.asked, [0; REASONS]);
        let (before, begun) = core::mem::replace(&mut self.told, (all, now));
        let registers = reads + writes;
        let others = control_reads + control_writes + pauses;
        let asked = ports + memory + registers + windows + others;
        let kernel = all.wrapping_sub(before).saturating_sub(asked);
        let ticks = now.wrapping_sub(begun);
        log!(
            "exits: ticks {ticks}, kernel {kernel}, ports {ports}, memory {memory}, \
             registers {registers}, windows {windows}, others {others}"
        );
    }
}
