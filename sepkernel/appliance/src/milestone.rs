//! The points of a start that scripts and tests wait for.

use std::fmt;

/// A point that an appliance reaches, in this order.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, clap::ValueEnum, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Milestone {
    /// From here on no configuration of the machine can change.
    Locked,
    /// Every world that starts with the appliance has reached its login or shell.
    WorldsUp,
    /// A remote auditor has appraised the appliance.
    Attested,
}

impl Milestone {
    /// All milestones.
    pub const ALL: [Self; 3] = [Self::Locked, Self::WorldsUp, Self::Attested];

    /// The name on the serial line and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::WorldsUp => "worlds-up",
            Self::Attested => "attested",
        }
    }

    /// The milestone with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|milestone| milestone.name() == name)
    }
}

impl fmt::Display for Milestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
