//! The machine that the policy was checked against.

use serde::{Deserialize, Serialize};

use crate::CpuIndex;

/// How many processors a schedule may use.
pub const MAX_CPUS: usize = 64;

/// The least machine that the policy fits on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Memory in bytes.
    pub memory: u64,
    /// Logical processors.
    pub cpus: u8,
    /// Whether there must be an IOMMU.
    pub iommu: bool,
    /// The time in nanoseconds that every switch between subjects is padded to.
    pub switch_cost: u64,
}

/// Processors that share a core. The schedule was checked for these groups only: a machine whose
/// processors share cores in another way is not one that the policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiblingGroup {
    /// The processors.
    pub cpus: CpuSet,
}

/// A set of processors, bit *n* for processor *n*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CpuSet(pub u64);

impl CpuSet {
    /// This set and one more processor; numbers of 64 and more add nothing.
    pub const fn with(self, cpu: CpuIndex) -> Self {
        if cpu.position() < MAX_CPUS { Self(self.0 | 1 << cpu.0) } else { self }
    }

    /// Whether the processor is in the set.
    pub const fn contains(self, cpu: CpuIndex) -> bool {
        cpu.position() < MAX_CPUS && self.0 & (1 << cpu.0) != 0
    }

    /// How many there are.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The processors, ascending.
    pub fn iter(self) -> impl Iterator<Item = CpuIndex> {
        (0..MAX_CPUS as u8).map(CpuIndex).filter(move |&cpu| self.contains(cpu))
    }
}
