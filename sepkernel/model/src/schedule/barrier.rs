//! Where processors meet at the end of a frame, without a lock: each says in a word that only it writes
//! how many meetings it has come to, and goes on when nobody else has said fewer.
//!
//! A meeting's number follows from the plan, not from what was counted: a processor that missed a frame,
//! and its meeting with it, comes to the next one as the others do.

use core::sync::atomic::{AtomicU64, Ordering};

use super::{Cursor, Plan};

/// The latest meeting of each processor.
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
    /// The processor has come to the meeting with this number.
    pub fn arrive(&self, processor: usize, number: u64) {
        if let Some(latest) = self.0.get(processor) {
            latest.fetch_max(number, Ordering::AcqRel);
        }
    }

    /// How the meeting stands at the time `now`, and whether it can wait: until `deadline`.
    #[must_use]
    pub fn meeting(&self, number: u64, now: u64, deadline: u64) -> Meeting {
        if self.0.iter().all(|latest| latest.load(Ordering::Acquire) >= number) {
            Meeting::Met
        } else if now < deadline {
            Meeting::Waiting
        } else {
            Meeting::Broken
        }
    }
}

impl Plan<'_> {
    /// The number of the meeting at the end of the frame at `cursor`, from 1, in a schedule whose first
    /// major frame started at `start`. It is the same on all processors, as their barriers are at the
    /// same instants.
    #[must_use]
    pub fn meeting_number(&self, cursor: Cursor, start: u64) -> u64 {
        let barriers = |count: usize| {
            let frames = self.frames.iter().take(count);
            frames.fold(0_u64, |sum, frame| sum.saturating_add(frame.barrier.into()))
        };
        let elapsed = cursor.major_start.saturating_sub(start);
        let majors = elapsed.checked_div(self.major).unwrap_or(0);
        let present = barriers(usize::from(cursor.position).saturating_add(1));
        majors.saturating_mul(barriers(self.frames.len())).saturating_add(present)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Entry, MinorFrame};

    #[test]
    fn nobody_leaves_before_the_last_has_come_and_a_fast_one_may_come_again() {
        let latest = [AtomicU64::new(0), AtomicU64::new(0)];
        let barrier = Barrier(&latest);
        barrier.arrive(0, 1);
        assert_eq!(barrier.meeting(1, 10, 20), Meeting::Waiting);
        barrier.arrive(1, 1);
        assert_eq!(barrier.meeting(1, 10, 20), Meeting::Met);
        barrier.arrive(1, 2);
        assert_eq!(barrier.meeting(1, 11, 20), Meeting::Met, "the fast one's second meeting");
        assert_eq!(barrier.meeting(2, 12, 20), Meeting::Waiting);
        assert_eq!(barrier.meeting(2, 20, 20), Meeting::Broken);
        barrier.arrive(7, 9);
        assert_eq!(barrier.meeting(0, 0, 0), Meeting::Met);
    }

    #[test]
    fn who_missed_a_meeting_comes_to_the_next_one() {
        let frame = |start, length, barrier| MinorFrame { subject: None, start, length, barrier };
        let one = [frame(0, 50, true), frame(50, 50, true)];
        let two = [frame(0, 20, false), frame(20, 30, true), frame(50, 50, true)];
        let plan = |frames| Plan { major: 100, allowance: 2, frames };
        let (one, two) = (plan(&one[..]), plan(&two[..]));
        let latest = [AtomicU64::new(0), AtomicU64::new(0)];
        let barrier = Barrier(&latest);
        let mut cursor = one.first(1000);
        for number in 1..=4 {
            assert_eq!(one.meeting_number(cursor, 1000), number);
            barrier.arrive(0, number);
            cursor = one.next(cursor);
        }
        assert_eq!(barrier.meeting(4, 1200, 1200), Meeting::Broken);
        let Entry::Missed { resume, .. } = two.enter(two.first(1000), 1150) else {
            panic!("the frame is over")
        };
        barrier.arrive(1, two.meeting_number(resume, 1000));
        assert_eq!(barrier.meeting(4, 1200, 1200), Meeting::Met);
    }
}
