//! The static cyclic schedule.

use serde::{Deserialize, Serialize};

use crate::{CpuIndex, SubjectIndex};

/// One slot of one processor. The section is sorted by processor, then start, and each processor's
/// slots fill its major frame without gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinorFrame {
    /// Which processor.
    pub cpu: CpuIndex,
    /// Nanoseconds after the start of the major frame.
    pub start: u64,
    /// Length in nanoseconds.
    pub duration: u64,
    /// Who runs; none idles.
    pub subject: Option<SubjectIndex>,
    /// Whether the processors of the plan meet at its end.
    pub barrier: bool,
}
