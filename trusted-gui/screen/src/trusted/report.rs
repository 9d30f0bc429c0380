//! What the trusted screen shows. The component fills it in from policy, kernel and audit ring.

use crate::{geometry::Size, label::Label};

/// A view of the whole appliance.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The policy's name for the appliance.
    pub system: &'a str,
    /// The policy's version.
    pub version: u64,
    /// Whether the policy lets devices write all memory on a machine without an IOMMU.
    pub unsafe_dma: bool,
    /// Seconds since boot.
    pub uptime: u32,
    /// SHA-256 over what was measured at boot.
    pub measurement: [u8; 32],
    /// The worlds, in the policy's order; 64 at most.
    pub worlds: &'a [WorldReport<'a>],
    /// The ways by which data may flow at this moment.
    pub flows: &'a [Flow<'a>],
    /// The latest audit records, oldest first.
    pub records: &'a [Record<'a>],
}

/// A world.
#[derive(Clone, Copy, Debug)]
pub struct WorldReport<'a> {
    /// The policy's name for it.
    pub name: &'a str,
    /// Its level.
    pub label: &'a Label,
    /// What it does.
    pub state: State,
    /// How much of its processor time it used lately, 0 to 100.
    pub cpu: u8,
    /// Its memory, in MiB.
    pub memory: u32,
    /// The size of its framebuffer, if it has one.
    pub display: Option<Size>,
}

/// What a world does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs in its frames.
    Running,
    /// It keeps all it has, but does not run.
    Paused,
    /// It was stopped, or has not been started.
    Stopped,
    /// It was stopped because of something that it or its monitor did.
    Failed,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// Whether its picture is worth showing.
    #[must_use]
    pub const fn has_picture(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// A way by which data may flow.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a> {
    /// Where it begins.
    pub from: &'a str,
    /// Where it ends.
    pub to: &'a str,
    /// What it is, such as `file-drop` or the guard's name.
    pub kind: &'a str,
    /// Which way, and over what.
    pub direction: Direction,
}

/// Which way data flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// One way, to a level that dominates.
    Up,
    /// Both ways, between equals.
    Both,
    /// Through a guard, to a level that does not dominate.
    Guarded,
}

/// An audit record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Seconds since boot.
    pub time: u32,
    /// What happened, in the words of trusted parts.
    pub text: &'a str,
}
