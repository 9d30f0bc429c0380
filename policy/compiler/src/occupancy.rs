//! When each subject runs, as the schedule says.

use std::collections::BTreeMap;

use cloister_policy_format::{CpuIndex, SubjectIndex};

use crate::{model::Policy, source::Span};

/// The time in nanoseconds that a switch between subjects is padded to, when the policy gives none.
pub const DEFAULT_SWITCH_COST: u64 = 20_000;

/// A slot with its place in the cycle.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Which processor.
    pub cpu: CpuIndex,
    /// Nanoseconds after the start of the cycle.
    pub start: u64,
    /// Nanoseconds after the start of the cycle.
    pub end: u64,
    /// Who runs; none idles, or is not known.
    pub subject: Option<SubjectIndex>,
    /// Whether processors meet at its end.
    pub barrier: bool,
    /// Its place in the policy.
    pub span: Span,
}

/// All slots in the order of processors and time. A processor is left out when the length of one of
/// its slots is not known, as then nothing is known about the later ones.
pub fn slots(policy: &Policy) -> Vec<Slot> {
    let mut slots = Vec::new();
    for (cpu, frames) in &policy.schedule.plans {
        let mut plan = Vec::new();
        let mut start = 0u64;
        let complete = frames.iter().all(|frame| {
            let Some(time) = frame.time else { return false };
            let end = start.saturating_add(time.value);
            plan.push(Slot {
                cpu: cpu.value,
                start,
                end,
                subject: frame.subject.as_ref().and_then(|subject| subject.target),
                barrier: frame.barrier.is_some_and(|barrier| barrier.value),
                span: frame.span,
            });
            start = end;
            true
        });
        if complete {
            slots.extend(plan);
        }
    }
    slots
}

/// The longest that each subject does not run, for each processor that it runs on.
pub fn longest_waits(slots: &[Slot], cycle: u64) -> BTreeMap<(SubjectIndex, CpuIndex), u64> {
    let mut runs: BTreeMap<(SubjectIndex, CpuIndex), Vec<(u64, u64)>> = BTreeMap::new();
    for slot in slots {
        if let Some(subject) = slot.subject {
            runs.entry((subject, slot.cpu)).or_default().push((slot.start, slot.end));
        }
    }
    runs.into_iter()
        .map(|(key, runs)| {
            let following = runs.iter().skip(1).map(|run| run.0);
            let around = runs.first().map(|first| first.0.saturating_add(cycle));
            let next = following.chain(around);
            let waits = runs.iter().zip(next).map(|(run, next)| next.saturating_sub(run.1));
            (key, waits.max().unwrap_or(0))
        })
        .collect()
}
