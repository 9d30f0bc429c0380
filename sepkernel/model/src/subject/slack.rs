//! Who gets the time that a subject leaves of its frame.
//!
//! That it left some, and how much, is information about it, so only a subject that may see it gets
//! the time. Whoever gets the time because somebody earlier in the list could not use it learns of
//! that one too, so it must be allowed to see all those before it. And nobody who has passed the
//! time on gets it back in the same frame: when it came back would tell what those above do.

use super::{Subject, SubjectId};

/// Who may get the time that its owner and the first `passed` of the owner's candidates have left,
/// and how many candidates have then had their turn. Depends on static tables only.
#[must_use]
pub fn heir(
    subjects: &[Subject<'_>],
    owner: SubjectId,
    passed: usize,
) -> Option<(SubjectId, usize)> {
    let giver = subjects.get(owner.position())?;
    let mut turns = passed;
    while let Some(&candidate) = giver.slack_to.get(turns) {
        turns = turns.saturating_add(1);
        if may_receive(subjects, giver, candidate) {
            return Some((candidate, turns));
        }
    }
    None
}

/// Whether a candidate may receive time, whatever any subject does.
fn may_receive(subjects: &[Subject<'_>], giver: &Subject<'_>, candidate: SubjectId) -> bool {
    let Some(receiver) = subjects.get(candidate.position()) else { return false };
    let sees = |&other: &SubjectId| {
        subjects.get(other.position()).is_some_and(|other| receiver.levels.may_see(other.levels))
    };
    receiver.processor == giver.processor
        && receiver.levels.may_see(giver.levels)
        && giver.slack_to.iter().take_while(|&&other| other != candidate).all(sees)
}

#[cfg(test)]
mod tests {
    use super::super::Group;
    use super::super::{Level, LevelRange, RestartRule};
    use super::*;
    use std::{iter, vec::Vec};

    const fn subject(
        processor: u16,
        low: (u8, u64),
        high: (u8, u64),
        to: &[SubjectId],
    ) -> Subject<'_> {
        let low = Level { classification: low.0, compartments: low.1 };
        let high = Level { classification: high.0, compartments: high.1 };
        Subject {
            levels: LevelRange { low, high },
            processor,
            autostart: true,
            restart: RestartRule::NEVER,
            events: &[],
            rights: &[],
            slack_to: to,
            has_guest: false,
            group: Group::Alone,
        }
    }

    /// The numbers of all heirs of subject 0, in order.
    fn heirs(subjects: &[Subject<'_>]) -> Vec<u16> {
        let mut passed = 0;
        iter::from_fn(|| {
            let (heir, turns) = heir(subjects, SubjectId(0), passed)?;
            passed = turns;
            Some(heir.0)
        })
        .collect()
    }

    #[test]
    fn time_goes_up_in_the_order_of_the_list() {
        let to = [SubjectId(1), SubjectId(9), SubjectId(2)];
        let subjects = [
            subject(0, (0, 0), (0, 0), &to),
            subject(0, (1, 0), (1, 0), &[]),
            subject(0, (2, 0), (2, 0), &[]),
        ];
        assert_eq!(heirs(&subjects), [1], "what follows a wrong number gets nothing");
        let to = [SubjectId(1), SubjectId(2)];
        let subjects = [Subject { slack_to: &to, ..subjects[0] }, subjects[1], subjects[2]];
        assert_eq!(heirs(&subjects), [1, 2]);
    }

    #[test]
    fn time_never_goes_down_sideways_or_to_another_processor() {
        let to = [SubjectId(1)];
        let donor = subject(0, (1, 0), (2, 1), &to);
        for receiver in [
            subject(0, (0, 0), (0, 0), &[]),
            subject(0, (2, 2), (2, 2), &[]),
            subject(0, (1, 1), (3, 1), &[]),
            subject(1, (3, 1), (3, 1), &[]),
        ] {
            assert_eq!(heirs(&[donor, receiver]), [], "{receiver:?}");
        }
        assert_eq!(heirs(&[donor, subject(0, (2, 1), (2, 1), &[])]), [1]);
    }

    #[test]
    fn a_candidate_that_may_not_see_an_earlier_one_is_left_out() {
        let to = [SubjectId(1), SubjectId(2)];
        let subjects = [
            subject(0, (0, 0), (0, 0), &to),
            subject(0, (1, 1), (1, 1), &[]),
            subject(0, (1, 2), (1, 2), &[]),
        ];
        assert_eq!(heirs(&subjects), [1]);
    }
}
