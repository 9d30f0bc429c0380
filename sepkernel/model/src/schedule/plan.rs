//! One processor's plan.

use crate::subject::SubjectId;

/// One slot of the plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MinorFrame {
    /// Who runs; none idles.
    pub subject: Option<SubjectId>,
    /// Ticks from the start of the major frame to that of this one.
    pub start: u64,
    /// Its length in ticks, the switching allowance included.
    pub length: u64,
    /// Whether all processors meet at its end.
    pub barrier: bool,
}

/// What one processor does, over and over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan<'a> {
    /// Length of the major frame in ticks of the time stamp counter.
    pub major: u64,
    /// Switching allowance: how many ticks after a minor frame's start its subject starts to run,
    /// whatever the kernel needed of them. It hides how long a switch took.
    pub allowance: u64,
    /// The minor frames in order. They fill the major frame.
    pub frames: &'a [MinorFrame],
}
