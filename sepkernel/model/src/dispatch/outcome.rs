//! What is left for the kernel to do after a decision.

use cloister_abi::Reply;

use crate::audit::Kind;
use crate::subject::SubjectId;

/// The consequences of what happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// Goes into the registers of the native program that now runs, before it runs on.
    pub reply: Option<Reply>,
    /// What else is to be done.
    pub effect: Effect,
    /// What is to be recorded.
    pub note: Option<Note>,
}

/// Something to be done outside the processor's own state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Effect {
    /// Nothing.
    #[default]
    None,
    /// Interrupts a processor, so that it looks for events, if the present frame there is the
    /// receiver's. Whether it is depends on the time alone, and not on what the receiver is doing:
    /// the sender must not learn that. Nobody else's time is taken, as the interrupt comes in a frame
    /// of the receiver or in the switch after it, which is padded.
    WakeUp {
        /// The processor's number.
        processor: u16,
        /// Whose event it is.
        receiver: SubjectId,
    },
    /// Adds to the caller's line of the log what its registers hold.
    Log,
}

/// An audit record without what the kernel adds: number, boot, time, processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Note {
    /// What.
    pub kind: Kind,
    /// Whom it is about.
    pub subject: SubjectId,
    /// As the kind says.
    pub argument: u64,
}

impl Outcome {
    pub(super) const fn with_reply(self, reply: Reply) -> Self {
        Self { reply: Some(reply), ..self }
    }

    pub(super) const fn with_events(self, events: u64) -> Self {
        self.with_reply(Reply::done(events))
    }

    pub(super) const fn with_note(self, note: Option<Note>) -> Self {
        Self { note, ..self }
    }

    pub(super) const fn with_effect(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }
}
