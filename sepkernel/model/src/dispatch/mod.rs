//! Who uses a processor next, after whatever happened.
//!
//! A [`Dispatcher`] is one processor's view: the static tables, all subjects' mailboxes, the
//! conditions of the subjects that this processor owns, and what the processor is doing. The kernel
//! tells it what happened, one function for each kind, and then does what [`Processor::run`] and
//! the returned [`Outcome`] say.
//!
//! Whatever happens, the end of the present frame stays where the plan put it, and no subject but
//! the running one and those that it may reach by its own tables are changed.

mod calls;
mod frame;
mod outcome;
mod system;

#[cfg(test)]
mod tests;

pub use outcome::{Effect, Note, Outcome};
pub use system::{Condition, Processor, Run, System};

use crate::subject::{Activity, Group, Mailbox, State, Subject, SubjectId, heir};

/// One processor's view of the system, for the handling of one thing that happened.
#[derive(Debug)]
pub struct Dispatcher<'a> {
    /// What the policy says.
    pub system: &'a System<'a>,
    /// The mailboxes of all subjects, by number.
    pub mailboxes: &'a [Mailbox],
    /// The conditions of all subjects, by number. Only those of subjects that this processor owns
    /// are used; the others' are kept by their own processors.
    pub conditions: &'a mut [Condition],
    /// What this processor is doing.
    pub processor: &'a mut Processor,
}

impl<'a> Dispatcher<'a> {
    fn subject(&self, id: SubjectId) -> Option<&'a Subject<'a>> {
        self.system.subjects.get(id.position())
    }

    fn mailbox(&self, id: SubjectId) -> Option<&'a Mailbox> {
        self.mailboxes.get(id.position())
    }

    fn condition(&mut self, id: SubjectId) -> Option<&mut Condition> {
        self.conditions.get_mut(id.position())
    }

    fn state(&self, id: SubjectId) -> Option<State> {
        self.conditions.get(id.position()).map(|condition| condition.state)
    }

    /// Gives the processor to a subject if it can use it. Returns the subject's answer, if an event
    /// ended its wait.
    fn run(&mut self, id: SubjectId) -> Option<Outcome> {
        let activity = match self.state(id)? {
            State::Active(activity) => activity,
            State::Restoring if self.is_memory_in_use(id) => return None,
            State::Restoring => return Some(self.switch(Run::Restore(id))),
            State::Stopped(_) | State::Paused(_) => return None,
        };
        let events = self.mailbox(id)?.take(activity.mask());
        if events != 0 {
            self.condition(id)?.state = State::Active(Activity::Native);
            Some(self.switch(Run::Native(id)).with_events(events))
        } else {
            match activity {
                Activity::Native => Some(self.switch(Run::Native(id))),
                Activity::Guest { .. } => Some(self.switch(Run::Guest(id))),
                Activity::Waiting { .. } | Activity::Halted { .. } => None,
            }
        }
    }

    /// Whether another virtual processor of the same world may still use the memory.
    fn is_memory_in_use(&self, id: SubjectId) -> bool {
        let Some(Group::Leads(others)) = self.subject(id).map(|subject| subject.group) else {
            return false;
        };
        others.iter().filter_map(|other| self.mailbox(*other)).any(Mailbox::is_using)
    }

    fn switch(&mut self, run: Run) -> Outcome {
        self.processor.run = run;
        Outcome::default()
    }

    /// Finds a use for the processor: whoever holds the frame, else, where time that is left over is
    /// given away, the heirs in their order. What is passed on does not come back in this frame. The
    /// last one keeps it, and goes on in it when an event comes.
    fn reschedule(&mut self) -> Outcome {
        let mut holder = self.processor.holder;
        while let Some(id) = holder {
            if let Some(outcome) = self.run(id) {
                return outcome;
            }
            holder = self.pass_on();
        }
        self.switch(Run::Idle)
    }

    /// Makes the next heir the holder of the frame, if there is one. Each call takes the heir from
    /// further down a list, so there is an end to it.
    fn pass_on(&mut self) -> Option<SubjectId> {
        let owner = self.processor.slot.subject.filter(|_| !self.system.strict)?;
        let (heir, passed) = heir(self.system.subjects, owner, self.processor.heirs_passed)?;
        self.processor.heirs_passed = passed;
        self.processor.holder = Some(heir);
        Some(heir)
    }
}
