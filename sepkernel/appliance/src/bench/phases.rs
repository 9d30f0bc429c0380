//! The appliance's own start, from the firmware's hand-over to lock, by phase.
//!
//! QEMU is asked for its count when a phase's last line comes, and goes on meanwhile: a phase is right to a few million
//! instructions.

use anyhow::Result;

use super::{machine::Bench, report::Row};

/// The phases, each with how the first line after it begins.
const PHASES: [(&str, &str); 5] = [
    ("files found", "boot: bundle of"),
    ("files hashed, the policy's signatures checked", "boot: policy \""),
    ("processor, memory and devices looked at", "boot: kernel "),
    ("memory scrubbed, tables made and checked", "boot: isolation check passed"),
    ("boot program scrubbed, locked", "milestone: locked"),
];
/// The first line.
const BEGIN: &str = "boot: Cloister";

/// Measures them on a machine that starts the kernel directly, so that firmware has no part in it.
pub(super) fn run(bench: &Bench) -> Result<Vec<Row>> {
    let mut machine = bench.world("linux")?;
    let mut last = machine.count_at(BEGIN)?;
    let first = last;
    let mut rows = Vec::new();
    for (phase, end) in PHASES {
        let now = if last.is_some() { machine.count_at(end)? } else { None };
        rows.push(row(phase, last, now));
        last = now;
    }
    rows.push(row("from hand-over to lock", first, last));
    Ok(rows)
}

fn row(name: &str, from: Option<u64>, to: Option<u64>) -> Row {
    let took = from.zip(to).map(|(from, to)| to.saturating_sub(from) as f64);
    Row {
        benchmark: "phases",
        name: name.to_owned(),
        unit: "instructions",
        plain: None,
        world: took,
        kvm: None,
        goal: None,
        missing: took.is_none().then(|| "the appliance does not get there".to_owned()),
    }
}
