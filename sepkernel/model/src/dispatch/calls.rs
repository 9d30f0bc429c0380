//! System calls of the running native program.

use cloister_abi::{Code, InfoItem, Registers, Reply};

use super::{Dispatcher, Effect, Note, Outcome, Run};
use crate::audit::Kind;
use crate::call::{Request, decode};
use crate::subject::{Activity, StopReason, SubjectId};

impl Dispatcher<'_> {
    /// The running native program called the kernel. If it goes on running there is a reply; if
    /// not, the reply that another subject waited for.
    pub fn system_call(&mut self, registers: &Registers) -> Outcome {
        let Run::Native(caller) = self.processor.run else { return Outcome::default() };
        match decode(registers).and_then(|request| self.perform(caller, request)) {
            Ok(outcome) => outcome,
            Err(code) => {
                let note =
                    Note { kind: Kind::Refused, subject: caller, argument: registers.number };
                Outcome::default().with_reply(Reply::refused(code)).with_note(Some(note))
            }
        }
    }

    fn perform(&mut self, caller: SubjectId, request: Request) -> Result<Outcome, Code> {
        let own = self.subject(caller).ok_or(Code::NotAllowed)?;
        let done = Outcome::default().with_reply(Reply::DONE);
        match request {
            Request::Wait { mask } => Ok(self.await_events(caller, Activity::Waiting { mask })),
            Request::RunGuest { .. } if !own.has_guest => Err(Code::NotAllowed),
            Request::RunGuest { mask } => Ok(self.await_events(caller, Activity::Guest { mask })),
            Request::Signal { event } => {
                let target = own.events.get(event).ok_or(Code::NotAllowed)?;
                let receiver = self.subject(target.receiver).ok_or(Code::NotAllowed)?;
                self.mailbox(target.receiver).ok_or(Code::NotAllowed)?.raise(target.bit);
                // A receiver on this processor is not running: the caller is.
                let elsewhere = receiver.processor != self.processor.number;
                Ok(if elsewhere {
                    done.with_effect(Effect::WakeUp {
                        processor: receiver.processor,
                        receiver: target.receiver,
                    })
                } else {
                    done
                })
            }
            Request::Control { right, command } => {
                let right = own.rights.get(right).ok_or(Code::NotAllowed)?;
                if !right.commands.contains(command) {
                    return Err(Code::NotAllowed);
                }
                self.mailbox(right.target).ok_or(Code::NotAllowed)?.request(command);
                Ok(done)
            }
            Request::SetTimer { instant } => {
                self.condition(caller).ok_or(Code::NotAllowed)?.timer = instant;
                Ok(done)
            }
            Request::Log(line) => Ok(done.with_effect(Effect::Log(line))),
            Request::StopSelf { status, again: false } => {
                Ok(self.end(caller, StopReason::Ended, Kind::Ended, status))
            }
            Request::StopSelf { status, again: true } => Ok(self.begin_anew(caller, status)),
            Request::Info(item) => Ok(done.with_reply(Reply::done(self.info(caller, item)))),
        }
    }

    /// The caller goes on when an event of its mask is pending, which may be now.
    fn await_events(&mut self, caller: SubjectId, activity: Activity) -> Outcome {
        self.set_activity(caller, activity);
        self.reschedule()
    }

    fn info(&self, caller: SubjectId, item: InfoItem) -> u64 {
        match item {
            InfoItem::Subject => u64::from(caller.0),
            InfoItem::PendingEvents => self.mailbox(caller).map_or(0, |mailbox| mailbox.events()),
            InfoItem::Incarnation => {
                self.conditions.get(caller.position()).map_or(0, |condition| condition.incarnation)
            }
            InfoItem::FrameStart => self.processor.slot.run_from,
            InfoItem::FrameEnd => self.processor.slot.end,
        }
    }
}
