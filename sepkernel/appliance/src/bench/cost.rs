//! What exits, interrupts and plain work cost: the probe's table, from a plain machine and from a world.

use std::collections::BTreeMap;

use anyhow::Result;

use super::{
    machine::{Bench, Measured, Waited},
    report::{Goal, Row},
};

const NAME: &str = "cost";
/// What the probe measures first: the loop around everything else.
const EMPTY: &str = "empty";

/// A copy from memory to memory, and records as long: into a channel and out of it.
const COPY: &str = "memory-copy-64-KiB";
const LONG_RECORDS: [&str; 2] = ["ring-write-64-KiB", "ring-read-64-KiB"];

/// What the probe says of one thing.
#[derive(Clone, PartialEq, Debug)]
enum Said {
    /// Instructions a round, with the loop around it.
    Cost(f64),
    /// Why it was not measured.
    Skipped(String),
}

/// The probe's table, in its order, and why it is not complete, if it is not.
#[derive(Default, Debug)]
pub(super) struct Table {
    /// Names, in the order in which they were measured.
    pub(super) order: Vec<String>,
    said: BTreeMap<String, Said>,
    /// Why it is not complete.
    pub(super) missing: Option<String>,
}

/// Measures on both machines.
pub(super) fn run(bench: &Bench) -> Result<Vec<Row>> {
    let plain = plain(bench, "bench")?;
    let mut world = listen(bench.world("probe")?)?;
    world.add(switches(bench)?);
    world.add(listen(bench.two_processors("event")?)?);
    Ok(rows(&plain, &world))
}

/// What switches cost, on a machine where the least allowance that a policy can give them is a few hundred
/// instructions: fewer than they take, so that nothing is waited for.
fn switches(bench: &Bench) -> Result<Table> {
    const INSTRUCTION_TIME: u8 = 2;
    let mut table = listen(bench.slow_world("switch", INSTRUCTION_TIME)?)?;
    for said in table.said.values_mut() {
        if let Said::Cost(cost) = said {
            *cost /= f64::from(1_u32 << INSTRUCTION_TIME);
        }
    }
    Ok(table)
}

/// The table of what the probe measures on a plain machine where it is told `word`.
pub(super) fn plain(bench: &Bench, word: &str) -> Result<Table> {
    listen(bench.plain(bench.image("native/probe")?, None, word)?)
}

fn listen(mut machine: Measured) -> Result<Table> {
    let mut table = Table::default();
    let done = machine.until(|line| table.hear(line))?;
    if let Waited::Missing(why) = done {
        table.missing = Some(why);
    }
    Ok(table)
}

impl Table {
    /// Takes a line; something at the end of the table.
    fn hear(&mut self, line: &str) -> Option<()> {
        let rest = line.strip_prefix("probe: ")?;
        if rest == "done" {
            return Some(());
        }
        let (name, rest) = rest.split_once(' ')?;
        let said = if let Some(why) = rest.strip_prefix("skipped: ") {
            Said::Skipped(why.to_owned())
        } else {
            let (rounds, ticks) = rest.split_once(' ')?;
            let (rounds, ticks): (f64, f64) = (rounds.parse().ok()?, ticks.parse().ok()?);
            Said::Cost(ticks / rounds)
        };
        self.order.push(name.to_owned());
        self.said.insert(name.to_owned(), said);
        None
    }

    /// Adds what another table says.
    fn add(&mut self, other: Self) {
        self.order.extend(other.order);
        self.said.extend(other.said);
        self.missing = self.missing.take().or(other.missing);
    }

    /// The cost without the loop around it, or why there is none.
    pub(super) fn cost(&self, name: &str) -> Result<f64, String> {
        let around = match self.said.get(EMPTY) {
            Some(Said::Cost(empty)) if !is_delay(name) => *empty,
            _ => 0.0,
        };
        match self.said.get(name) {
            Some(Said::Cost(cost)) => Ok((cost - around).max(0.0)),
            Some(Said::Skipped(why)) => Err(why.clone()),
            None => Err(self.missing.clone().unwrap_or_else(|| "not measured there".to_owned())),
        }
    }
}

/// Delays are from one instant to another, with no loop around them.
fn is_delay(name: &str) -> bool {
    ["timer-", "event-", "ring-", "memory-copy-"].iter().any(|kind| name.starts_with(kind))
        || name == "world-switch"
}

fn rows(plain: &Table, world: &Table) -> Vec<Row> {
    let mut names: Vec<&String> = plain.order.iter().collect();
    names.extend(world.order.iter().filter(|name| !plain.order.contains(name)));
    let row = |name: &String| {
        let is_record = LONG_RECORDS.contains(&name.as_str());
        // Records are measured against a copy beside them.
        let on_plain = if is_record { world.cost(COPY) } else { plain.cost(name) };
        let in_world = world.cost(name);
        let because = |place: &str, cost: &Result<f64, String>| {
            cost.as_ref().err().map(|why| format!("{place}: {why}"))
        };
        let missing: Vec<_> = [because("plain", &on_plain), because("world", &in_world)]
            .into_iter()
            .flatten()
            .collect();
        Row {
            benchmark: NAME,
            name: name.clone(),
            unit: "instructions",
            plain: on_plain.ok(),
            world: in_world.ok(),
            kvm: kvm(name),
            goal: goal(name),
            missing: (!missing.is_empty()).then(|| missing.join("; ")),
        }
    };
    let mut rows: Vec<_> = names.into_iter().filter(|name| *name != EMPTY).map(row).collect();
    if let Some(why) = plain.missing.as_ref().or(world.missing.as_ref()) {
        let name = "the whole table".to_owned();
        let (plain, world, kvm, goal) = (None, None, None, None);
        let missing = Some(format!("not complete: {why}"));
        rows.push(Row { benchmark: NAME, name, unit: "-", plain, world, kvm, goal, missing });
    }
    rows
}

/// What is aimed at (issue 5): exits that the kernel handles alone, exits that the monitor answers, and
/// work without exits.
fn goal(name: &str) -> Option<Goal> {
    Some(match name {
        "cpuid" | "vmmcall" => Goal::World(200.0),
        "compute" | "memory-walk-16MiB" | "page-table-switch" => Goal::Ratio(1.02),
        _ if LONG_RECORDS.contains(&name) => Goal::Ratio(1.11),
        "virtio-kick-nothing" => Goal::World(1500.0),
        _ if name.starts_with("port-") || name.starts_with("mmio-") => Goal::World(1500.0),
        _ => return None,
    })
}

/// What Linux's KVM with QEMU needs for it (issue 5).
fn kvm(name: &str) -> Option<f64> {
    Some(match name {
        "cpuid" => 3150.0,
        "port-read-uart" => 5470.0,
        "mmio-read-ioapic" => 8870.0,
        "self-ipi-memory" | "self-ipi-x2apic" => 10_300.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(lines: &[&str]) -> Table {
        let mut table = Table::default();
        let done = lines.iter().find_map(|line| table.hear(line));
        if done.is_none() {
            table.missing = Some("no answer".to_owned());
        }
        table
    }

    #[test]
    fn the_loop_around_a_round_does_not_count_but_for_delays() {
        let table = table(&[
            "probe: bench",
            "probe: empty 500 1000",
            "probe: cpuid 500 5500",
            "probe: timer-while-busy 20 880",
            "probe: done",
        ]);
        assert_eq!(table.cost("cpuid"), Ok(9.0));
        assert_eq!(table.cost("timer-while-busy"), Ok(44.0));
    }

    #[test]
    fn a_number_that_is_missing_has_its_reason_and_is_never_made_up() {
        let plain = table(&["probe: empty 1 2", "probe: vmmcall skipped: no calls", "probe: done"]);
        let world = table(&["probe: empty 1 2", "probe: vmmcall 1 302"]);
        let rows = rows(&plain, &world);
        assert_eq!(rows[0].name, "vmmcall");
        assert_eq!((rows[0].plain, rows[0].world), (None, Some(300.0)));
        assert_eq!(rows[0].missing.as_deref(), Some("plain: no calls"));
        assert_eq!(rows[1].missing.as_deref(), Some("not complete: no answer"));
    }
}
