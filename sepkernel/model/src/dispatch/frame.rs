//! What happens to a processor from outside the running program: frames, events, faults, exits.

use cloister_abi::{Code, Command, FRAME_EVENT, NO_TIMER, Reply, TIMER_EVENT};

use super::{Condition, Dispatcher, Note, Outcome, Run};
use crate::audit::Kind;
use crate::exit::{Disposition, GuestStop, KernelWork};
use crate::schedule::Slot;
use crate::subject::{Activity, EventTarget, Group, Life, State, StopReason, SubjectId, Wish};

impl Dispatcher<'_> {
    /// A frame begins. Requests on its subject take effect now, so that whoever asked did not
    /// change anybody else's frame.
    pub fn begin_frame(&mut self, slot: Slot) -> Outcome {
        self.processor.slot = slot;
        self.processor.holder = slot.subject;
        self.processor.heirs_passed = 0;
        let note = slot.subject.and_then(|owner| self.admit(owner, slot.run_from));
        self.reschedule().with_note(note)
    }

    /// Brings a subject whose frame begins up to date.
    fn admit(&mut self, id: SubjectId, run_from: u64) -> Option<Note> {
        let rule = self.subject(id)?.restart;
        let mailbox = self.mailbox(id)?;
        mailbox.raise_mask(FRAME_EVENT);
        self.expire(id, run_from);
        let command = mailbox.take_requests().strongest();
        let ended = mailbox.take_end();
        let wish = self.wish_for(id);
        let condition = self.condition(id)?;
        condition.budget = condition.budget.aged(&rule);
        let before = condition.state;
        condition.state = match (command, wish) {
            (_, Some(wish)) => before.after_wish(condition.incarnation, wish),
            (Some(command), None) => before.after_command(command),
            (None, None) if ended && before.life() != Life::Rests => {
                let (after, budget) = before.after_end(StopReason::Guest, &rule, condition.budget);
                condition.budget = budget;
                after
            }
            (None, None) => before,
        };
        let after = condition.state;
        self.publish(id);
        note_of_change(id, before, after)
    }

    /// What the first of its world wishes of a subject that follows it.
    fn wish_for(&self, id: SubjectId) -> Option<Wish> {
        match self.subject(id)?.group {
            Group::Follows(first) => Some(self.mailbox(first)?.wish()),
            Group::Alone | Group::Leads(_) => None,
        }
    }

    /// Tells the others of a world with several virtual processors what has become of this one.
    fn publish(&mut self, id: SubjectId) {
        let (Some(subject), Some(mailbox)) = (self.subject(id), self.mailbox(id)) else { return };
        let Some(&mut Condition { state, incarnation, .. }) = self.condition(id) else { return };
        match subject.group {
            Group::Alone => {}
            Group::Leads(_) => mailbox.set_wish(Wish { incarnation, life: state.life() }),
            Group::Follows(_) => mailbox.set_using(state.life() != Life::Rests),
        }
    }

    /// Events may have come for the subject whose frame it is. Whoever runs is not disturbed,
    /// except a world whose monitor is called.
    pub fn wake_up(&mut self) -> Outcome {
        match self.processor.run {
            Run::Idle | Run::Guest(_) => self.reschedule(),
            Run::Native(_) | Run::Restore(_) => Outcome::default(),
        }
    }

    /// When the kernel has to call [`Self::alarm`], if that is before the frame's end; at once if it
    /// is past. It is the timer of whoever holds the frame: nobody else's may disturb. To be asked
    /// again after whatever happened.
    #[must_use]
    pub fn next_alarm(&self) -> Option<u64> {
        let holder = self.processor.holder?;
        let timer = self.conditions.get(holder.position())?.timer;
        (timer < self.processor.slot.end).then_some(timer)
    }

    /// The time is `now`, and a timer may be due.
    pub fn alarm(&mut self, now: u64) -> Outcome {
        if let Some(holder) = self.processor.holder {
            self.expire(holder, now);
        }
        self.wake_up()
    }

    /// Raises a subject's timer event if it is due.
    fn expire(&mut self, id: SubjectId, now: u64) {
        let mailbox = self.mailbox(id);
        if let (Some(condition), Some(mailbox)) = (self.condition(id), mailbox)
            && condition.timer <= now
        {
            condition.timer = NO_TIMER;
            mailbox.raise_mask(TIMER_EVENT);
        }
    }

    /// Devices interrupt; `targets` is what the static table says of their vectors.
    pub fn interrupt(&mut self, targets: impl Iterator<Item = EventTarget>) -> Outcome {
        for target in targets {
            if let Some(mailbox) = self.mailbox(target.receiver) {
                mailbox.raise(target.bit);
            }
        }
        self.wake_up()
    }

    /// The memory of the subject that was being restored is as measured.
    pub fn restored(&mut self) -> Outcome {
        let Run::Restore(id) = self.processor.run else { return Outcome::default() };
        let wish = self.wish_for(id);
        let Some(condition) = self.condition(id) else { return Outcome::default() };
        condition.state = condition.state.restored();
        // All of a world are of one incarnation.
        let next = condition.incarnation.saturating_add(1);
        condition.incarnation = wish.map_or(next, |wish| wish.incarnation);
        condition.timer = NO_TIMER;
        let note = Note { kind: Kind::Started, subject: id, argument: condition.incarnation };
        self.publish(id);
        self.reschedule().with_note(Some(note))
    }

    /// The running native program did what it must not. The kernel records what exactly.
    pub fn fault(&mut self) -> Outcome {
        match self.processor.run {
            Run::Native(id) => self.end(id, StopReason::Fault, Kind::Fault, 0),
            _ => Outcome::default(),
        }
    }

    /// The running world left guest mode, and the kernel's work on that, if any, is done.
    pub fn guest_exit(&mut self, disposition: Disposition) -> Outcome {
        let Run::Guest(id) = self.processor.run else { return Outcome::default() };
        match disposition {
            Disposition::Monitor => {
                self.set_activity(id, Activity::Native);
                let reply = Reply { code: Code::GuestExit, value: 0 };
                self.switch(Run::Native(id)).with_reply(reply)
            }
            Disposition::Kernel(KernelWork::Halt) => {
                if let Some(State::Active(activity)) = self.state(id) {
                    self.set_activity(id, activity.halted());
                }
                self.reschedule()
            }
            Disposition::Stop(stop) => {
                self.end(id, StopReason::Guest, Kind::GuestStopped, stop.number())
            }
            Disposition::Kernel(_) | Disposition::Inject(_) | Disposition::Fatal => {
                Outcome::default()
            }
        }
    }

    pub(super) fn set_activity(&mut self, id: SubjectId, activity: Activity) {
        if let Some(condition) = self.condition(id) {
            condition.state = State::Active(activity);
        }
    }

    /// The running subject wants to start from the measured image: its own time only is taken for it.
    /// One of several virtual processors asks the first to.
    pub(super) fn begin_anew(&mut self, id: SubjectId, status: u64) -> Outcome {
        let follows = match self.subject(id).map(|subject| subject.group) {
            Some(Group::Follows(first)) => self.mailbox(first),
            _ => None,
        };
        if let Some(condition) = self.condition(id) {
            condition.state = match follows {
                Some(_) => State::Stopped(StopReason::Ended),
                None => State::Restoring,
            };
        }
        if let Some(first) = follows {
            first.request(Command::Restart);
        }
        self.publish(id);
        let note = Note { kind: Kind::Ended, subject: id, argument: status };
        self.reschedule().with_note(Some(note))
    }

    /// The running subject comes to an end, and starts again if its rule says so.
    pub(super) fn end(
        &mut self,
        id: SubjectId,
        reason: StopReason,
        kind: Kind,
        argument: u64,
    ) -> Outcome {
        let rule = self.subject(id).map(|subject| subject.restart);
        if let (Some(condition), Some(rule)) = (self.condition(id), rule) {
            (condition.state, condition.budget) =
                condition.state.after_end(reason, &rule, condition.budget);
        }
        if let Some(Group::Follows(first)) = self.subject(id).map(|subject| subject.group)
            && let Some(mailbox) = self.mailbox(first)
        {
            mailbox.report_end();
        }
        self.publish(id);
        self.reschedule().with_note(Some(Note { kind, subject: id, argument }))
    }
}

impl GuestStop {
    /// The number that an audit record carries: the exit code, or one of the processor's own.
    const fn number(self) -> u64 {
        match self {
            Self::Shutdown => 0x7f,
            Self::TaskSwitch => 0x7d,
            Self::InvalidState => u64::MAX,
            Self::Unexpected(code) => code,
        }
    }
}

/// The record of a change that somebody asked for.
fn note_of_change(subject: SubjectId, before: State, after: State) -> Option<Note> {
    let (kind, argument) = match (before, after) {
        (before, after) if before == after => return None,
        (_, State::Stopped(reason)) => (Kind::Stopped, reason as u64),
        (_, State::Paused(_)) => (Kind::Paused, 0),
        (_, State::Active(_)) => (Kind::Resumed, 0),
        (_, State::Restoring) => (Kind::Restoring, 0),
    };
    Some(Note { kind, subject, argument })
}
