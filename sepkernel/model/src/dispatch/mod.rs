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

pub use outcome::{Effect, Note, Outcome};
pub use system::{Condition, Processor, Run, System, SystemError};

use crate::subject::{Activity, Mailbox, State, Subject, SubjectId, next_candidate};

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

    /// Whether a subject can use the processor.
    fn runs(&self, id: SubjectId) -> bool {
        match (self.state(id), self.mailbox(id)) {
            (Some(State::Restoring), _) => true,
            (Some(State::Active(activity)), Some(mailbox)) => activity.runs_with(mailbox.events()),
            _ => false,
        }
    }

    /// Gives the processor to a subject if it can use it. Returns the subject's answer, if an event
    /// ended its wait.
    fn run(&mut self, id: SubjectId) -> Option<Outcome> {
        let State::Active(activity) = self.state(id)? else {
            return self.runs(id).then(|| self.switch(Run::Restore(id)));
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

    fn switch(&mut self, run: Run) -> Outcome {
        self.processor.run = run;
        Outcome::default()
    }

    /// Finds a use for the processor: the subject whose frame it is, as long as that has not given
    /// the frame away, else the first of its candidates.
    ///
    /// A subject that gave a frame away does not get it back before its next one, whether or not
    /// anybody took it: how soon it ran again would tell it what those above it do.
    fn reschedule(&mut self) -> Outcome {
        let Some(owner) = self.processor.slot.subject else { return self.switch(Run::Idle) };
        if !self.processor.given_away {
            if let Some(outcome) = self.run(owner) {
                return outcome;
            }
            let candidates = self.subject(owner).map_or(&[][..], |subject| subject.slack_to);
            self.processor.given_away = !self.system.strict && !candidates.is_empty();
        }
        let candidate = if self.processor.given_away {
            next_candidate(self.system.subjects, owner, &|id| self.runs(id))
        } else {
            None
        };
        match candidate.and_then(|candidate| self.run(candidate)) {
            Some(outcome) => outcome,
            None => self.switch(Run::Idle),
        }
    }
}
