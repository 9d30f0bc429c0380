//! What must hold of the tables of all subjects.

use super::System;
use crate::subject::SubjectId;

/// Why a system is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SystemError {
    /// More subjects than numbers.
    Count,
    /// An event of this subject goes to a subject that does not exist.
    Event(SubjectId),
    /// A right of this subject is on a subject that does not exist.
    Right(SubjectId),
    /// Time of this subject goes to a subject that does not exist, runs on another processor or may
    /// not see it.
    Slack(SubjectId),
}

impl System<'_> {
    /// Whether all numbers in the tables are subjects, and time left over goes only where it may.
    ///
    /// # Errors
    /// The first table that is wrong.
    pub fn check(&self) -> Result<(), SystemError> {
        if self.subjects.len() >= SubjectId::KERNEL.position() {
            return Err(SystemError::Count);
        }
        let exists = |id: SubjectId| id.position() < self.subjects.len();
        for (subject, id) in self.subjects.iter().zip((0..=u16::MAX).map(SubjectId)) {
            if !subject.events.iter().all(|event| exists(event.receiver)) {
                return Err(SystemError::Event(id));
            }
            if !subject.rights.iter().all(|right| exists(right.target)) {
                return Err(SystemError::Right(id));
            }
            let receives = |receiver: &SubjectId| {
                self.subjects.get(receiver.position()).is_some_and(|receiver| {
                    receiver.processor == subject.processor
                        && receiver.levels.may_see(subject.levels)
                })
            };
            if !subject.slack_to.iter().all(receives) {
                return Err(SystemError::Slack(id));
            }
        }
        Ok(())
    }
}
