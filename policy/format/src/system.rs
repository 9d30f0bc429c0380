//! What holds for the whole appliance.

use serde::{Deserialize, Serialize};

use crate::{FileIndex, SubjectIndex};

/// The one record of the first section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct System<'a> {
    /// The policy's name, shown to the user.
    pub name: &'a str,
    /// Grows with each policy; the appliance refuses one below the highest it has run.
    pub version: u64,
    /// Switches.
    pub flags: Flags,
    /// Length of the schedule's cycle in nanoseconds.
    pub major_frame: u64,
    /// How many officers must have signed.
    pub officers_required: u8,
    /// Where records go that leave the appliance.
    pub sinks: Sinks,
    /// The program that each world's monitor runs; none starts no world.
    pub monitor: Option<FileIndex>,
}

/// Who reads log and audit records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sinks {
    /// The reader of the worlds' logs.
    pub log: Option<SubjectIndex>,
    /// The reader of the kernel's audit ring.
    pub audit: Option<SubjectIndex>,
}

/// The policy's switches, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flags(pub u8);

impl Flags {
    /// Idle time is burnt instead of given along allowed flows.
    pub const STRICT: Self = Self(1 << 0);
    /// The kernel writes its log to the serial line, and evidence says so.
    pub const DEBUG: Self = Self(1 << 1);
    /// Devices may write memory without an IOMMU, and screen and evidence say so.
    pub const UNSAFE_DMA: Self = Self(1 << 2);
    /// All of the above.
    pub const ALL: Self = Self(0b111);

    /// Whether all of `other` are on.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What happens when a subject stops by a fault.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Restart {
    /// It stays stopped until the user restarts it.
    #[default]
    Never,
    /// It starts again from the measured image after a fault.
    OnCrash,
    /// It starts again after a fault and after it ends by itself.
    Always,
}
