//! The place in a plan: the present frame's instants, the next frame, and what to do when the
//! kernel comes too late.

use super::Plan;
use crate::subject::SubjectId;

/// A minor frame of one run through the plan.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Cursor {
    /// When the major frame started, in ticks of the time stamp counter.
    pub major_start: u64,
    /// Position of the minor frame.
    pub position: u16,
}

/// A minor frame with the instants at which things happen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    /// Who runs; none idles.
    pub subject: Option<SubjectId>,
    /// The frame's start: the switch begins.
    pub start: u64,
    /// The switching allowance ends: the subject runs from here, never earlier.
    pub run_from: u64,
    /// The frame's end, which nothing moves.
    pub end: u64,
    /// Whether the processors meet at the end.
    pub barrier: bool,
}

/// Whether a frame can be entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// Yes: wait until the slot's `run_from`, then run its subject.
    OnTime,
    /// The switch took longer than its allowance, by so many ticks. The subject runs the rest of the
    /// frame; the audit says so.
    Late(u64),
    /// The frame is over. So many frames, this one included, did not run; the audit says so, and
    /// the plan goes on at the cursor.
    Missed {
        /// How many.
        frames: u64,
        /// The first frame that can still be entered on time.
        resume: Cursor,
    },
}

impl Plan<'_> {
    /// The first frame of a plan whose first major frame starts at `start`.
    #[must_use]
    pub const fn first(&self, start: u64) -> Cursor {
        Cursor { major_start: start, position: 0 }
    }

    /// The frame at a cursor; none if the plan has no such frame.
    #[must_use]
    pub fn slot(&self, cursor: Cursor) -> Option<Slot> {
        let frame = self.frames.get(usize::from(cursor.position))?;
        let start = cursor.major_start.saturating_add(frame.start);
        Some(Slot {
            subject: frame.subject,
            start,
            run_from: start.saturating_add(self.allowance),
            end: start.saturating_add(frame.length),
            barrier: frame.barrier,
        })
    }

    /// The frame after the one at a cursor.
    #[must_use]
    pub fn next(&self, cursor: Cursor) -> Cursor {
        let position = cursor.position.saturating_add(1);
        if usize::from(position) < self.frames.len() {
            Cursor { position, ..cursor }
        } else {
            self.first(cursor.major_start.saturating_add(self.major))
        }
    }

    /// Whether the frame at a cursor can be entered at the time `now`.
    #[must_use]
    pub fn enter(&self, cursor: Cursor, now: u64) -> Entry {
        let Some(slot) = self.slot(cursor) else { return self.missed(cursor, now) };
        if now <= slot.run_from {
            Entry::OnTime
        } else if now < slot.end {
            Entry::Late(now.saturating_sub(slot.run_from))
        } else {
            self.missed(cursor, now)
        }
    }

    /// The frame at `cursor` and all others that cannot be entered on time at `now` are missed.
    fn missed(&self, cursor: Cursor, now: u64) -> Entry {
        let elapsed = now.saturating_sub(cursor.major_start);
        let majors = elapsed.checked_div(self.major).unwrap_or(0);
        let major_start = cursor.major_start.saturating_add(majors.saturating_mul(self.major));
        let offset = now.saturating_sub(major_start);
        let late = |start: u64| start.saturating_add(self.allowance) < offset;
        let over = self.frames.iter().take_while(|frame| late(frame.start)).count();
        let resume = match u16::try_from(over) {
            Ok(position) if over < self.frames.len() => Cursor { major_start, position },
            _ => self.first(major_start.saturating_add(self.major)),
        };
        let frames = (self.frames.len() as u64)
            .saturating_mul(majors)
            .saturating_add(over as u64)
            .saturating_sub(u64::from(cursor.position));
        Entry::Missed { frames, resume }
    }
}

#[cfg(test)]
mod tests {
    use super::super::MinorFrame;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    const FRAMES: [MinorFrame; 3] = [
        MinorFrame { subject: Some(SubjectId(0)), start: 0, length: 50, barrier: false },
        MinorFrame { subject: None, start: 50, length: 20, barrier: true },
        MinorFrame { subject: Some(SubjectId(1)), start: 70, length: 30, barrier: false },
    ];
    const PLAN: Plan<'_> = Plan { major: 100, allowance: 5, frames: &FRAMES };

    #[test]
    fn frames_follow_each_other_without_gap_for_ever() {
        let mut cursor = PLAN.first(1000);
        let mut end = 1000;
        for _ in 0..10 {
            let slot = PLAN.slot(cursor).unwrap();
            assert_eq!(slot.start, end);
            assert_eq!(slot.run_from, slot.start + 5);
            end = slot.end;
            cursor = PLAN.next(cursor);
        }
        assert_eq!(cursor, Cursor { major_start: 1300, position: 1 });
    }

    #[test]
    fn a_frame_is_entered_on_time_until_its_allowance_is_used_up() {
        let cursor = PLAN.next(PLAN.first(1000));
        assert_eq!(PLAN.enter(cursor, 1000), Entry::OnTime);
        assert_eq!(PLAN.enter(cursor, 1055), Entry::OnTime);
        assert_eq!(PLAN.enter(cursor, 1056), Entry::Late(1));
        assert_eq!(PLAN.enter(cursor, 1069), Entry::Late(14));
    }

    #[test]
    fn missed_frames_are_counted_and_the_plan_goes_on_where_it_would_be() {
        let cursor = PLAN.next(PLAN.first(1000));
        let resume = |major_start, position| Cursor { major_start, position };
        let missed = |frames, resume| Entry::Missed { frames, resume };
        assert_eq!(PLAN.enter(cursor, 1070), missed(1, resume(1000, 2)));
        assert_eq!(PLAN.enter(cursor, 1076), missed(2, resume(1100, 0)), "too late for the last");
        assert_eq!(PLAN.enter(cursor, 1310), missed(9, resume(1300, 1)));
    }

    #[test]
    fn an_empty_plan_has_answers_too() {
        let plan = Plan { major: 0, allowance: 0, frames: &[] };
        assert_eq!(plan.slot(plan.first(0)), None);
        assert_eq!(
            plan.enter(plan.first(7), 9),
            Entry::Missed { frames: 0, resume: plan.first(7) }
        );
    }

    proptest! {
        #[test]
        fn after_any_delay_no_frame_is_lost_or_counted_twice(
            lengths in prop::collection::vec(6_u64..40, 1..6), from in 0_u16..6, delay in 0_u64..900,
        ) {
            let mut start = 0;
            let frames: Vec<_> = lengths.iter().map(|&length| {
                let frame = MinorFrame { subject: None, start, length, barrier: false };
                start += length;
                frame
            }).collect();
            let plan = Plan { major: start, allowance: 5, frames: &frames };
            prop_assert_eq!(plan.check(), Ok(()));
            let cursor = Cursor { major_start: 10, position: from % frames.len() as u16 };
            let now = plan.slot(cursor).unwrap().start + delay;
            if let Entry::Missed { frames, resume } = plan.enter(cursor, now) {
                let walked = (0..frames).fold(cursor, |cursor, _| plan.next(cursor));
                prop_assert_eq!(walked, resume);
                prop_assert_eq!(plan.enter(resume, now), Entry::OnTime);
            } else {
                prop_assert!(now < plan.slot(cursor).unwrap().end);
            }
        }
    }
}
