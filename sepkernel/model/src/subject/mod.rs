//! Subjects: what the policy says of each, what each is doing, and how others may act on it.
//!
//! A world is one subject with its monitor: the monitor is the native program, the world its guest.
//! A world with several virtual processors has a subject for each in the schedule.

mod activity;
mod budget;
mod control;
mod event;
mod level;
mod lifecycle;
mod mailbox;
mod slack;
mod usage;

pub use activity::Activity;
pub use budget::{Budget, Restart, RestartRule};
pub use control::{CommandSet, Right};
pub use event::{EventBit, EventTarget};
pub use level::{Level, LevelRange, must_flush};
pub use lifecycle::{State, StopReason};
pub use mailbox::Mailbox;
pub(crate) use mailbox::{Life, Wish};
pub use slack::heir;
pub use usage::Meter;

/// Number of a subject: its position in the tables of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SubjectId(pub u16);

impl SubjectId {
    /// The kernel itself, where a table names who may do something.
    pub const KERNEL: Self = Self(u16::MAX);

    /// Its position in tables.
    #[must_use]
    pub const fn position(self) -> usize {
        self.0 as usize
    }
}

/// What the policy says of a subject. Nothing changes it after lock.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The levels that it handles.
    pub levels: LevelRange,
    /// The processor whose plan has its frames and that owns its state.
    pub processor: u16,
    /// Whether it starts at boot.
    pub autostart: bool,
    /// When it starts again by itself.
    pub restart: RestartRule,
    /// Whom its events reach, by its own number for each.
    pub events: &'a [EventTarget],
    /// Whom it may control, by its own number for each.
    pub rights: &'a [Right],
    /// Who gets what it leaves of its frames, in this order.
    pub slack_to: &'a [SubjectId],
    /// Whether it is the monitor of a world.
    pub has_guest: bool,
    /// Its place among the subjects of a world with several virtual processors.
    pub group: Group<'a>,
}

/// The place of a subject in a world with several virtual processors, which all run the same monitor on
/// the same memory: they start, stop and pause together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group<'a> {
    /// It is alone.
    Alone,
    /// It is the first, whose life the others follow.
    Leads(&'a [SubjectId]),
    /// It follows the first.
    Follows(SubjectId),
}
