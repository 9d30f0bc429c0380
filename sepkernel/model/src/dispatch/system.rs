//! What the dispatcher works on: the static system, each subject's condition, each processor.

use cloister_abi::NO_TIMER;

use crate::schedule::Slot;
use crate::subject::{Budget, State, Subject, SubjectId};

/// The policy of all subjects.
#[derive(Clone, Copy, Debug)]
pub struct System<'a> {
    /// The subjects, by number.
    pub subjects: &'a [Subject<'a>],
    /// Whether time that is left over is burnt instead of given away.
    pub strict: bool,
}

/// What the kernel keeps of a subject.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Condition {
    /// Where it is in its life.
    pub state: State,
    /// What was used of its restart rule.
    pub budget: Budget,
    /// How often it was started since boot.
    pub incarnation: u64,
    /// When its timer's event is due, in ticks of the time stamp counter.
    pub timer: u64,
}

impl Condition {
    /// The condition at boot.
    #[must_use]
    pub fn at_boot(subject: &Subject<'_>) -> Self {
        Self {
            state: State::at_boot(subject.autostart),
            budget: Budget::default(),
            incarnation: u64::from(subject.autostart),
            timer: NO_TIMER,
        }
    }
}

/// What a processor does until something happens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Run {
    /// Nothing.
    Idle,
    /// It runs a component or a monitor.
    Native(SubjectId),
    /// It runs a world.
    Guest(SubjectId),
    /// It brings a subject's memory back to the measured image, and says so when that is done.
    Restore(SubjectId),
}

impl Run {
    /// The subject that uses the processor.
    #[must_use]
    pub const fn subject(self) -> Option<SubjectId> {
        match self {
            Self::Idle => None,
            Self::Native(id) | Self::Guest(id) | Self::Restore(id) => Some(id),
        }
    }
}

/// What a processor is doing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Processor {
    /// Its number.
    pub number: u16,
    /// The present frame.
    pub slot: Slot,
    /// Whose time the rest of the frame is: its subject's, or that of an heir to whom it was left.
    pub holder: Option<SubjectId>,
    /// How many of the subject's candidates have had their turn.
    pub heirs_passed: usize,
    /// Who uses it.
    pub run: Run,
}

impl Processor {
    /// A processor that has not begun its first frame.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        let slot = Slot { subject: None, start: 0, run_from: 0, end: 0, barrier: false };
        Self { number, slot, holder: None, heirs_passed: 0, run: Run::Idle }
    }
}
