//! Rights of components to start, stop and pause other subjects.

use serde::{Deserialize, Serialize};

use crate::SubjectIndex;

/// What a component may ask of another subject. A component's rights are numbered in the order of
/// this section; that number is what it names in its system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlRight {
    /// Who may ask: a component.
    pub subject: SubjectIndex,
    /// Of whom; another subject.
    pub target: SubjectIndex,
    /// For what; not nothing.
    pub commands: Commands,
}

/// Commands to another subject, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Commands(pub u8);

impl Commands {
    /// Start from the measured image, if it is stopped.
    pub const START: Self = Self(1 << 0);
    /// Stop.
    pub const STOP: Self = Self(1 << 1);
    /// Keep from running.
    pub const PAUSE: Self = Self(1 << 2);
    /// End a pause.
    pub const RESUME: Self = Self(1 << 3);
    /// Start again from the measured image.
    pub const RESTART: Self = Self(1 << 4);
    /// All of the above.
    pub const ALL: Self = Self(0b1_1111);

    /// Whether all of `other` are among them.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
