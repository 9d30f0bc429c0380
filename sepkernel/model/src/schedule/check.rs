//! What must hold of the processors' plans: the boot program looks before lock.

use super::Plan;
use crate::subject::SubjectId;

/// Why a plan is none. Positions are those of minor frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlanError {
    /// There are no minor frames, or no processors, or more than 65,535 of either.
    Count,
    /// This frame does not start where the one before ends.
    Start(u16),
    /// This frame leaves its subject no time after the switching allowance.
    Length(u16),
    /// The frames do not end where the major frame ends.
    Major,
    /// This processor's major frame differs from the first one's.
    MajorDiffers(u16),
    /// This processor has a barrier at an instant (ticks after the major frame's start) at which
    /// another has none: it would wait for ever.
    Barrier {
        /// The processor, by position of its plan.
        processor: u16,
        /// Ticks after the major frame's start.
        at: u64,
    },
    /// Two processors schedule this subject; its state belongs to one.
    SubjectTwice(SubjectId),
}

impl Plan<'_> {
    /// Whether the plan can be carried out.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), PlanError> {
        if self.frames.is_empty() || self.frames.len() > usize::from(u16::MAX) {
            return Err(PlanError::Count);
        }
        let mut end = 0_u64;
        for (frame, position) in self.frames.iter().zip(0..=u16::MAX) {
            if frame.start != end {
                return Err(PlanError::Start(position));
            }
            if frame.length <= self.allowance {
                return Err(PlanError::Length(position));
            }
            end = end.checked_add(frame.length).ok_or(PlanError::Length(position))?;
        }
        if end == self.major { Ok(()) } else { Err(PlanError::Major) }
    }

    /// Whether a barrier of this plan is at `at`, in ticks after the major frame's start.
    fn has_barrier(&self, at: u64) -> bool {
        self.barriers().any(|end| end == at)
    }

    fn barriers(&self) -> impl Iterator<Item = u64> {
        let barriers = self.frames.iter().filter(|frame| frame.barrier);
        barriers.map(|frame| frame.start.saturating_add(frame.length))
    }

    fn schedules(&self, subject: SubjectId) -> bool {
        self.frames.iter().any(|frame| frame.subject == Some(subject))
    }
}

/// Whether the plans of all processors, in their order, can be carried out side by side.
///
/// # Errors
/// The first thing that is wrong with them.
pub fn check_together(plans: &[Plan<'_>]) -> Result<(), PlanError> {
    let Some(first) = plans.first() else { return Err(PlanError::Count) };
    if plans.len() > usize::from(u16::MAX) {
        return Err(PlanError::Count);
    }
    for (plan, processor) in plans.iter().zip(0..=u16::MAX) {
        plan.check()?;
        if plan.major != first.major {
            return Err(PlanError::MajorDiffers(processor));
        }
        for at in plan.barriers() {
            if !plans.iter().all(|other| other.has_barrier(at)) {
                return Err(PlanError::Barrier { processor, at });
            }
        }
        let others = plans.iter().zip(0..=u16::MAX).filter(|&(_, other)| other != processor);
        for (other, _) in others {
            let mut subjects = plan.frames.iter().filter_map(|frame| frame.subject);
            if let Some(subject) = subjects.find(|&subject| other.schedules(subject)) {
                return Err(PlanError::SubjectTwice(subject));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::MinorFrame;
    use super::*;

    const A: Option<SubjectId> = Some(SubjectId(0));
    const B: Option<SubjectId> = Some(SubjectId(1));

    const fn frame(subject: Option<SubjectId>, start: u64, length: u64) -> MinorFrame {
        MinorFrame { subject, start, length, barrier: false }
    }

    const fn plan(frames: &[MinorFrame]) -> Plan<'_> {
        Plan { major: 100, allowance: 10, frames }
    }

    #[test]
    fn frames_that_fill_the_major_frame_are_a_plan() {
        assert_eq!(plan(&[frame(A, 0, 60), frame(None, 60, 40)]).check(), Ok(()));
    }

    #[test]
    fn each_defect_of_a_plan_is_named() {
        let check = |frames: &[MinorFrame]| plan(frames).check();
        assert_eq!(check(&[]), Err(PlanError::Count));
        assert_eq!(check(&[frame(A, 1, 99)]), Err(PlanError::Start(0)));
        assert_eq!(check(&[frame(A, 0, 50), frame(B, 51, 49)]), Err(PlanError::Start(1)), "a gap");
        assert_eq!(check(&[frame(A, 0, 50), frame(B, 49, 51)]), Err(PlanError::Start(1)), "both");
        assert_eq!(check(&[frame(A, 0, 90), frame(B, 90, 10)]), Err(PlanError::Length(1)));
        assert_eq!(check(&[frame(A, 0, 0)]), Err(PlanError::Length(0)));
        assert_eq!(check(&[frame(A, 0, 99)]), Err(PlanError::Major));
        assert_eq!(check(&[frame(A, 0, 50), frame(B, 50, u64::MAX)]), Err(PlanError::Length(1)));
    }

    #[test]
    fn processors_share_major_frame_and_barriers_but_no_subject() {
        let alone = [frame(A, 0, 100)];
        let other = [frame(B, 0, 50), frame(None, 50, 50)];
        assert_eq!(check_together(&[plan(&alone), plan(&other)]), Ok(()));
        assert_eq!(check_together(&[]), Err(PlanError::Count));

        let shorter = Plan { major: 50, allowance: 10, frames: &[frame(B, 0, 50)] };
        assert_eq!(check_together(&[plan(&alone), shorter]), Err(PlanError::MajorDiffers(1)));

        let meeting = [MinorFrame { barrier: true, ..other[0] }, other[1]];
        let lonely = Err(PlanError::Barrier { processor: 1, at: 50 });
        assert_eq!(check_together(&[plan(&alone), plan(&meeting)]), lonely);

        let both = Err(PlanError::SubjectTwice(SubjectId(0)));
        assert_eq!(check_together(&[plan(&alone), plan(&alone)]), both);
    }
}
