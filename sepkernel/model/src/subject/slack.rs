//! Who gets the time that a subject leaves of its frame.
//!
//! That it left some, and how much, is information about it, so only a subject that may see it gets
//! the time. And whoever gets the time because somebody earlier in the list could not use it learns
//! of that one too, so it must be allowed to see all those before it.

use super::{Subject, SubjectId};

/// The first of the donor's candidates that can use the time and may learn that it is there.
#[must_use]
pub fn next_candidate(
    subjects: &[Subject<'_>],
    donor: SubjectId,
    runs: &dyn Fn(SubjectId) -> bool,
) -> Option<SubjectId> {
    let giver = subjects.get(donor.position())?;
    let eligible = |&&candidate: &&SubjectId| may_receive(subjects, giver, candidate);
    let mut candidates = giver.slack_to.iter().filter(eligible);
    candidates.find(|&&candidate| runs(candidate)).copied()
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
    use super::super::{Level, LevelRange, RestartRule};
    use super::*;

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
        }
    }

    fn choose(subjects: &[Subject<'_>], runs: &[u16]) -> Option<u16> {
        next_candidate(subjects, SubjectId(0), &|id| runs.contains(&id.0)).map(|id| id.0)
    }

    #[test]
    fn time_goes_up_and_to_the_first_that_can_use_it() {
        let to = [SubjectId(1), SubjectId(2), SubjectId(9)];
        let subjects = [
            subject(0, (0, 0), (0, 0), &to),
            subject(0, (1, 0), (1, 0), &[]),
            subject(0, (2, 0), (2, 0), &[]),
        ];
        assert_eq!(choose(&subjects, &[1, 2]), Some(1));
        assert_eq!(choose(&subjects, &[2, 9]), Some(2));
        assert_eq!(choose(&subjects, &[9]), None);
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
            assert_eq!(choose(&[donor, receiver], &[1]), None, "{receiver:?}");
        }
        assert_eq!(choose(&[donor, subject(0, (2, 1), (2, 1), &[])], &[1]), Some(1));
    }

    #[test]
    fn a_candidate_that_may_not_see_an_earlier_one_is_left_out() {
        let to = [SubjectId(1), SubjectId(2)];
        let subjects = [
            subject(0, (0, 0), (0, 0), &to),
            subject(0, (1, 1), (1, 1), &[]),
            subject(0, (1, 2), (1, 2), &[]),
        ];
        assert_eq!(choose(&subjects, &[2]), None);
    }
}
