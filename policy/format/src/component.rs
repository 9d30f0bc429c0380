//! Components: subjects that are native programs in ring 3, and the hardware that they may touch.

use serde::{Deserialize, Serialize};

use crate::{CpuSet, FileIndex, Level, Restart, SubjectIndex};

/// A native program. Its [`SubjectIndex`] is the number of worlds plus its position in its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component<'a> {
    /// The policy's name for it.
    pub name: &'a str,
    /// What it is for.
    pub role: Role,
    /// Whether it is trusted to handle all levels between `low` and `high`.
    pub trusted: bool,
    /// The lowest level that it handles; equal to `high` unless trusted.
    pub low: Level,
    /// The highest level that it handles.
    pub high: Level,
    /// The program.
    pub program: FileIndex,
    /// Heapless working memory in bytes, a multiple of 4 KiB.
    pub memory: u64,
    /// Stack in bytes, a multiple of 4 KiB, without its guard page.
    pub stack: u64,
    /// The processors that it is scheduled on.
    pub cpus: CpuSet,
    /// What happens when it faults.
    pub restart: Restart,
    /// Who gets what it leaves of its slot.
    pub slack_to: Option<SubjectIndex>,
    /// Whose calls it serves in the rest of the caller's slot.
    pub handover_to: Option<SubjectIndex>,
}

/// What a component is for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Role {
    /// A program of one level.
    #[default]
    Service,
    /// A driver of a device.
    Driver,
    /// Owner of screen and input. It keeps levels apart.
    Gui,
    /// A filter that a guard names.
    Guard,
    /// Trusted to pass data of each level on to levels that dominate it only.
    Separator,
    /// The maker of evidence.
    Attester,
}

/// A range of I/O ports that a component may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortRange {
    /// Who.
    pub subject: SubjectIndex,
    /// The first port.
    pub first: u16,
    /// The last port, not below the first.
    pub last: u16,
}

/// A range of model-specific registers that a subject may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MsrRange {
    /// Who.
    pub subject: SubjectIndex,
    /// The first register.
    pub first: u32,
    /// The last register, not below the first.
    pub last: u32,
    /// How.
    pub access: MsrAccess,
}

/// How a model-specific register may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MsrAccess {
    /// Read only.
    Read,
    /// Read and write.
    ReadWrite,
}

/// Physical memory of a device that a component maps uncached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MmioRegion {
    /// Who.
    pub subject: SubjectIndex,
    /// Physical address, a multiple of 4 KiB.
    pub address: u64,
    /// Length in bytes, a multiple of 4 KiB.
    pub size: u64,
}
