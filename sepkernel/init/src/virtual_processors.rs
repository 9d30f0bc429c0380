//! Worlds with several virtual processors: each is a subject of its own in the kernel's tables. The first
//! has the world's number in the policy; the others come after all subjects of the policy.

use cloister_model::subject::{EventBit, EventTarget, SubjectId};
use cloister_policy_format::{CpuIndex, SubjectIndex, World};
use heapless::Vec;

use crate::partition::Builder;
use crate::stop;
use crate::subject::id;

/// The most virtual processors that a world can have, as many as its devices know.
pub const MAX_VIRTUAL_PROCESSORS: usize = 8;

/// The bit by which the virtual processors of a world call each other, the last that senders can raise.
const DOORBELL: u8 = cloister_abi::EVENT_BITS - 1;

/// The subjects of a world, the first one first.
pub type Members = Vec<SubjectId, MAX_VIRTUAL_PROCESSORS>;

impl Builder<'_> {
    /// The subjects of a world.
    pub fn members(&self, index: SubjectIndex) -> Members {
        let own = id(index);
        let mut members = Members::new();
        let Some(world) = self.policy.worlds().get(index.position()) else {
            members.extend([own]);
            return members;
        };
        let count = world.cpus.len() as usize;
        if count > MAX_VIRTUAL_PROCESSORS {
            stop!(
                "world {}: it has {count} virtual processors, {MAX_VIRTUAL_PROCESSORS} are possible",
                world.name
            );
        }
        let others = |world: &World<'_>| world.cpus.len().saturating_sub(1) as usize;
        let before: usize =
            self.policy.worlds().iter().take(index.position()).map(|world| others(&world)).sum();
        let first = self.policy.worlds().len() + self.policy.components().len() + before;
        members.extend([own]);
        members.extend((first..).take(others(&world)).map(|id| SubjectId(id as u16)));
        members
    }

    /// Who runs in a subject's frames on a processor.
    pub fn runner(&self, subject: SubjectIndex, cpu: CpuIndex) -> SubjectId {
        let own = id(subject);
        let Some(world) = self.policy.worlds().get(subject.position()) else { return own };
        let number = world.cpus.iter().take_while(|other| *other != cpu).count();
        self.members(subject).get(number).copied().unwrap_or(own)
    }

    /// The events by which the virtual processors of a world call each other, by number; none if there
    /// is only one.
    pub fn doorbells(&self, index: SubjectIndex) -> Vec<EventTarget, MAX_VIRTUAL_PROCESSORS> {
        let members = self.members(index);
        let mut doorbells = Vec::new();
        if members.len() > 1
            && let Some(bit) = EventBit::new(DOORBELL)
        {
            doorbells.extend(members.iter().map(|member| EventTarget { receiver: *member, bit }));
        }
        doorbells
    }
}
