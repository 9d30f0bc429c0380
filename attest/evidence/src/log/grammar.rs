//! The order of events.

use core::fmt;

use super::{Event, Measurer, Record};

/// The stages of a boot, in order. Each has one event, but as said.
const STAGES: [&str; 10] = [
    "the kernel",
    "the trust anchors",
    "the manifest",
    "the policy",
    "the policy signature",
    "a component or guest image",
    "a command line",
    "the resource map",
    "the isolation verdict",
    "the lock",
];

/// The stages that have any number of events, also none.
const ANY_NUMBER: [usize; 2] = [5, 6];

fn stage(event: &Event<'_>) -> usize {
    match event {
        Event::Kernel(_) => 0,
        Event::TrustAnchors(_) => 1,
        Event::Manifest(_) => 2,
        Event::Policy { .. } => 3,
        Event::PolicySignature(_) => 4,
        Event::Component { .. } | Event::GuestImage { .. } => 5,
        Event::CommandLine { .. } => 6,
        Event::ResourceMap(_) => 7,
        Event::Isolation(_) => 8,
        Event::Lock => 9,
    }
}

/// How far a boot is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Grammar {
    /// The first stage that has to come, or may.
    pub(super) next: usize,
}

/// An event where none of its kind may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GrammarFault {
    /// Something else has to come here.
    Order {
        /// What has to come.
        expected: &'static str,
    },
    /// Nothing may follow the lock.
    AfterLock,
    /// Measured by someone who does not measure this.
    Measurer,
}

impl fmt::Display for GrammarFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order { expected } => write!(f, "where {expected} has to be"),
            Self::AfterLock => f.write_str("after the lock, where nothing may be"),
            Self::Measurer => f.write_str("measured by one who does not measure this"),
        }
    }
}

impl Grammar {
    /// Takes the next event.
    ///
    /// # Errors
    /// Any [`GrammarFault`]; the state stays as it was.
    pub fn take(&mut self, record: &Record<'_>) -> Result<(), GrammarFault> {
        if record.by == Measurer::Kernel && record.event != Event::Lock {
            return Err(GrammarFault::Measurer);
        }
        if self.is_complete() {
            return Err(GrammarFault::AfterLock);
        }
        let stage = stage(&record.event);
        let skips_required = (self.next..stage).any(|skipped| !ANY_NUMBER.contains(&skipped));
        if stage < self.next || skips_required {
            return Err(GrammarFault::Order { expected: self.expected() });
        }
        self.next = if ANY_NUMBER.contains(&stage) { stage } else { stage + 1 };
        Ok(())
    }

    /// Whether the last event was the lock.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.next == STAGES.len()
    }

    /// The stage that cannot be left out here.
    #[must_use]
    pub fn expected(&self) -> &'static str {
        let required = (self.next..).find(|stage| !ANY_NUMBER.contains(stage));
        required.and_then(|stage| STAGES.get(stage)).unwrap_or(&"nothing")
    }
}
