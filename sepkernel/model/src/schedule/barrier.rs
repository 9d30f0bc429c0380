//! Where processors meet at the end of a frame, without a lock: each counts its own arrivals in a
//! word that only it writes, and goes on when nobody else has counted fewer.

use core::sync::atomic::{AtomicU64, Ordering};

/// The arrival counters, one for each processor.
#[derive(Clone, Copy, Debug)]
pub struct Barrier<'a>(pub &'a [AtomicU64]);

/// How a meeting stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meeting {
    /// All are there.
    Met,
    /// Ask again.
    Waiting,
    /// Somebody has not come in time. Go on: a processor that fails must not stop the others'
    /// schedule. The audit says so.
    Broken,
}

impl Barrier<'_> {
    /// The processor has come to its next barrier. Returns the meeting's number, from 1; 0, which
    /// is always met, if there is no such processor.
    #[must_use]
    pub fn arrive(&self, processor: usize) -> u64 {
        let counter = self.0.get(processor);
        counter.map_or(0, |counter| counter.fetch_add(1, Ordering::AcqRel).wrapping_add(1))
    }

    /// How the meeting stands at the time `now`, and whether it can wait: until `deadline`.
    #[must_use]
    pub fn meeting(&self, number: u64, now: u64, deadline: u64) -> Meeting {
        if self.0.iter().all(|arrivals| arrivals.load(Ordering::Acquire) >= number) {
            Meeting::Met
        } else if now < deadline {
            Meeting::Waiting
        } else {
            Meeting::Broken
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_leaves_before_the_last_has_come_and_a_fast_one_may_come_again() {
        let counters = [AtomicU64::new(0), AtomicU64::new(0)];
        let barrier = Barrier(&counters);
        let first = barrier.arrive(0);
        assert_eq!(barrier.meeting(first, 10, 20), Meeting::Waiting);
        let other = barrier.arrive(1);
        assert_eq!(barrier.meeting(other, 10, 20), Meeting::Met);
        let second = barrier.arrive(1);
        assert_eq!(barrier.meeting(first, 11, 20), Meeting::Met, "the fast one's second arrival");
        assert_eq!(barrier.meeting(second, 12, 20), Meeting::Waiting);
        assert_eq!(barrier.meeting(second, 20, 20), Meeting::Broken);
        assert_eq!(barrier.meeting(barrier.arrive(7), 0, 0), Meeting::Met);
    }
}
