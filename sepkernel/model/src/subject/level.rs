//! Levels, as far as the kernel needs them: to see that time left over flows only upward.
//!
//! The policy's own lattice type lives in `cloister-policy-format`; the kernel does not link that
//! crate, which holds a decoder and signature checks.

use super::{Subject, SubjectId};

/// A classification with compartments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Level {
    /// Position of the classification in the policy's order; 0 is the lowest.
    pub classification: u8,
    /// The compartments, a bit each.
    pub compartments: u64,
}

impl Level {
    /// Whether what is at `other` may flow here.
    #[must_use]
    pub const fn dominates(self, other: Self) -> bool {
        self.classification >= other.classification
            && self.compartments & other.compartments == other.compartments
    }
}

/// The levels that a subject handles: one for most, several for one that is trusted to keep them
/// apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LevelRange {
    /// The lowest: what may flow to the subject without its help must be dominated by it.
    pub low: Level,
    /// The highest: what the subject does may depend on data of this level.
    pub high: Level,
}

impl LevelRange {
    /// The range of a subject that handles one level.
    #[must_use]
    pub const fn single(level: Level) -> Self {
        Self { low: level, high: level }
    }

    /// Whether anything that `other` does, its use of time included, may be seen by this subject.
    #[must_use]
    pub const fn may_see(self, other: Self) -> bool {
        self.low.dominates(other.high)
    }
}

/// Whether what the processor still holds of `last`, in caches, predictors and buffers, must be gone
/// before `next` runs: when the two are not of the same levels. Whoever ran last counts, however long
/// ago that was. A subject that nobody knows counts as of another level.
#[must_use]
pub fn must_flush(subjects: &[Subject<'_>], last: Option<SubjectId>, next: SubjectId) -> bool {
    let levels = |id: SubjectId| subjects.get(id.position()).map(|subject| subject.levels);
    last.is_some_and(|last| {
        last != next && (levels(last) != levels(next) || levels(last).is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn level(classification: u8, compartments: u64) -> Level {
        Level { classification, compartments }
    }

    #[test]
    fn dominance_takes_classification_and_compartments() {
        assert!(level(2, 0b11).dominates(level(1, 0b10)));
        assert!(level(1, 0).dominates(level(1, 0)));
        assert!(!level(2, 0b01).dominates(level(1, 0b10)));
        assert!(!level(1, 0b11).dominates(level(2, 0b01)));
    }

    #[test]
    fn a_trusted_subject_is_seen_at_its_highest_and_sees_at_its_lowest() {
        let trusted = LevelRange { low: level(0, 0), high: level(2, 0) };
        let middle = LevelRange::single(level(1, 0));
        assert!(!middle.may_see(trusted));
        assert!(!trusted.may_see(middle));
        assert!(LevelRange::single(level(2, 0)).may_see(trusted));
    }

    #[test]
    fn what_a_processor_holds_is_flushed_between_levels_only() {
        let subject = |classification| {
            let levels = LevelRange::single(level(classification, 0));
            let restart = crate::subject::RestartRule::NEVER;
            let (events, rights, slack_to) = (&[], &[], &[]);
            Subject {
                levels,
                processor: 0,
                autostart: true,
                restart,
                events,
                rights,
                slack_to,
                has_guest: false,
            }
        };
        let subjects = [subject(0), subject(1), subject(1)];
        let flush = |last, next| must_flush(&subjects, Some(SubjectId(last)), SubjectId(next));
        assert!(flush(0, 1) && flush(2, 0));
        assert!(!flush(1, 2) && !flush(1, 1));
        assert!(flush(7, 8), "unknown ones");
        assert!(!must_flush(&subjects, None, SubjectId(0)), "nothing has run");
    }
}
