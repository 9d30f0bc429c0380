//! The composed system: what all processors and subjects are doing, and one step of it.

use cloister_abi::{NO_TIMER, Registers, Reply};
use cloister_model::dispatch::{Condition, Dispatcher, Effect, Outcome, Processor, Run};
use cloister_model::exit::{SvmExit, disposition};
use cloister_model::schedule::Cursor;
use cloister_model::subject::{CommandSet, EventTarget, Mailbox, SubjectId};

use crate::mutation::Mutation;
use crate::scenario::Scenario;

/// What a subject can do, or have done to it, while it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// Its native program calls the kernel.
    Call(Registers),
    /// Its native program faults.
    Fault,
    /// Its world leaves guest mode with this exit code.
    Exit(u64),
    /// Its memory is as measured again.
    Restored,
}

/// Whose action it is, and who sees.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Domain {
    /// The clock.
    Time,
    /// A device that belongs to a subject.
    Device(SubjectId),
    /// A subject.
    Subject(SubjectId),
}

/// One action.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Time goes on, at most to the next end of a frame.
    Tick,
    /// A device interrupts.
    Interrupt(EventTarget),
    /// A subject does something; nothing happens if it does not run.
    Do(SubjectId, Operation),
}

impl Action {
    /// Whose action it is.
    pub fn domain(self) -> Domain {
        match self {
            Self::Tick => Domain::Time,
            Self::Interrupt(target) => Domain::Device(target.receiver),
            Self::Do(subject, _) => Domain::Subject(subject),
        }
    }
}

/// What an action answers to its domain: none where nothing happened.
pub type Output = Option<Option<Reply>>;

/// All that can change. Times are relative to the major frame, counters of incarnations are left
/// out, so that there are finitely many states.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State {
    pub time: u64,
    pub cursors: Vec<Cursor>,
    pub processors: Vec<Processor>,
    pub conditions: Vec<Condition>,
    pub events: Vec<u64>,
    pub requests: Vec<CommandSet>,
    /// The last answer that each native program got.
    pub seen: Vec<Option<Reply>>,
}

impl State {
    /// The state when the first frames begin.
    pub fn first(scenario: &Scenario) -> Self {
        let subjects = scenario.system.subjects;
        let mut state = Self {
            time: 0,
            cursors: scenario.plans.iter().map(|plan| plan.first(0)).collect(),
            processors: (0..).zip(&scenario.plans).map(|(n, _)| Processor::new(n)).collect(),
            conditions: subjects.iter().map(Condition::at_boot).collect(),
            events: vec![0; subjects.len()],
            requests: vec![CommandSet::default(); subjects.len()],
            seen: vec![None; subjects.len()],
        };
        for processor in 0..scenario.plans.len() {
            state.begin_frame(scenario, processor);
        }
        state.forget_incarnations();
        state
    }

    /// The state after an action, and what the action answers.
    pub fn step(
        &self,
        scenario: &Scenario,
        action: Action,
        mutation: Option<Mutation>,
    ) -> (Self, Output) {
        let mut after = self.clone();
        let output = match action {
            Action::Tick => {
                after.tick(scenario);
                None
            }
            Action::Interrupt(target) => {
                let owner = usize::from(scenario.subject(target.receiver).processor);
                // The interrupt controller holds it back until the receiver's frame.
                if self.processors[owner].holder == Some(target.receiver) {
                    after.dispatch(scenario, owner, &|dispatcher| {
                        dispatcher.interrupt([target].into_iter())
                    });
                }
                None
            }
            Action::Do(subject, operation) => after.perform(scenario, subject, operation),
        };
        let mut output = output;
        if let Some(mutation) = mutation {
            mutation.apply(scenario, self, action, &mut after, &mut output);
        }
        after.forget_incarnations();
        (after, output)
    }

    fn forget_incarnations(&mut self) {
        for condition in &mut self.conditions {
            condition.incarnation = 0;
        }
    }

    fn tick(&mut self, scenario: &Scenario) {
        let ends = self.processors.iter().map(|processor| processor.slot.end);
        self.time = ends.min().unwrap().min(self.time + scenario.tick);
        for processor in 0..self.processors.len() {
            if self.processors[processor].slot.end == self.time {
                self.cursors[processor] = scenario.plans[processor].next(self.cursors[processor]);
                self.begin_frame(scenario, processor);
            }
            let time = self.time;
            self.dispatch(scenario, processor, &|dispatcher| match dispatcher.next_alarm() {
                Some(instant) if instant <= time => dispatcher.alarm(time),
                _ => Outcome::default(),
            });
        }
        let major = scenario.plans[0].major;
        if self.cursors.iter().all(|cursor| cursor.major_start == major) {
            self.time -= major;
            for condition in self.conditions.iter_mut().filter(|c| c.timer != NO_TIMER) {
                condition.timer = condition.timer.saturating_sub(major);
            }
            for (cursor, processor) in self.cursors.iter_mut().zip(&mut self.processors) {
                cursor.major_start = 0;
                for instant in [
                    &mut processor.slot.start,
                    &mut processor.slot.run_from,
                    &mut processor.slot.end,
                ] {
                    *instant -= major;
                }
            }
        }
    }

    fn begin_frame(&mut self, scenario: &Scenario, processor: usize) {
        let slot = scenario.plans[processor].slot(self.cursors[processor]).unwrap();
        self.dispatch(scenario, processor, &|dispatcher| dispatcher.begin_frame(slot));
    }

    fn perform(&mut self, scenario: &Scenario, subject: SubjectId, operation: Operation) -> Output {
        let processor = usize::from(scenario.subject(subject).processor);
        let run = self.processors[processor].run;
        let outcome = match (operation, run) {
            (Operation::Call(registers), Run::Native(id)) if id == subject => {
                self.dispatch(scenario, processor, &|dispatcher| dispatcher.system_call(&registers))
            }
            (Operation::Fault, Run::Native(id)) if id == subject => {
                self.dispatch(scenario, processor, &|dispatcher| dispatcher.fault())
            }
            (Operation::Exit(code), Run::Guest(id)) if id == subject => {
                let disposition = disposition(SvmExit::decode(code), code, 0);
                self.dispatch(scenario, processor, &|dispatcher| dispatcher.guest_exit(disposition))
            }
            (Operation::Restored, Run::Restore(id)) if id == subject => {
                self.dispatch(scenario, processor, &|dispatcher| dispatcher.restored())
            }
            _ => return None,
        };
        let still_runs = self.processors[processor].run == Run::Native(subject);
        Some(outcome.reply.filter(|_| still_runs))
    }

    /// Lets a processor handle something, and carries out what it leaves to be done.
    pub fn dispatch(
        &mut self,
        scenario: &Scenario,
        processor: usize,
        handle: &dyn Fn(&mut Dispatcher<'_>) -> Outcome,
    ) -> Outcome {
        let mailboxes: Vec<_> = self
            .events
            .iter()
            .zip(&self.requests)
            .map(|(&events, &requests)| Mailbox::new(events, requests))
            .collect();
        let outcome = handle(&mut Dispatcher {
            system: &scenario.system,
            mailboxes: &mailboxes,
            conditions: &mut self.conditions,
            processor: &mut self.processors[processor],
        });
        for ((events, requests), mailbox) in
            self.events.iter_mut().zip(&mut self.requests).zip(&mailboxes)
        {
            (*events, *requests) = (mailbox.events(), mailbox.requests());
        }
        if let (Some(reply), Run::Native(id)) = (outcome.reply, self.processors[processor].run) {
            self.seen[id.position()] = Some(reply);
        }
        if let Effect::WakeUp { processor, receiver } = outcome.effect
            && self.processors[usize::from(processor)].slot.subject == Some(receiver)
        {
            self.dispatch(scenario, usize::from(processor), &|dispatcher| dispatcher.wake_up());
        }
        outcome
    }
}
