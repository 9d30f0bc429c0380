//! What must hold of the tables of all subjects, as the policy's compiler makes sure of it: the systems that
//! are explored are ones that could be.

use cloister_model::dispatch::System;
use cloister_model::subject::SubjectId;

/// All numbers in the tables are subjects, and time left over goes only where it may.
pub fn check(system: &System<'_>) {
    let subjects = system.subjects;
    assert!(subjects.len() < SubjectId::KERNEL.position(), "more subjects than numbers");
    let exists = |id: SubjectId| id.position() < subjects.len();
    for (number, subject) in subjects.iter().enumerate() {
        assert!(subject.events.iter().all(|event| exists(event.receiver)), "events of {number}");
        assert!(subject.rights.iter().all(|right| exists(right.target)), "rights of {number}");
        let receives = |receiver: &SubjectId| {
            subjects.get(receiver.position()).is_some_and(|receiver| {
                receiver.processor == subject.processor && receiver.levels.may_see(subject.levels)
            })
        };
        assert!(subject.slack_to.iter().all(receives), "time left over by {number}");
    }
}
