//! The same Debian images at work, on a plain machine and in a world: what processes ask of their kernel, in
//! instructions; and how often the world is left meanwhile, and why.

use anyhow::Result;

use super::{
    machine::Bench,
    parts::{Heard, listen},
    report::{Goal, Row},
};

const NAME: &str = "work";
/// What the images run once they are up, by busybox alone: each part ends with a line and a break on the
/// serial line, at which the world's monitor tells of exits.
const COMMANDS: &str = concat!(
    "ended() { for bits in 103 003; do printf \\\\$bits | dd of=/dev/port bs=1 seek=1019 2>/dev/null; ",
    "done; echo; echo bench: $1; }; sleep 3; ended start; ",
    "i=0; while [ $i -lt 500 ]; do (:); i=$((i+1)); done; ended fork; ",
    "i=0; while [ $i -lt 100 ]; do /bin/busybox true; i=$((i+1)); done; ended exec; ",
    "dd if=/dev/zero of=/dev/null bs=1 count=200000 2>/dev/null; ended system-calls; ",
    "for i in 1 2 3 4; do dd if=/dev/zero of=/dev/null bs=32M count=1 2>/dev/null; done; ",
    "ended page-faults; sleep 20; ended idle; ended end",
);
/// Parts that work, and the one that waits.
const BUSY: [&str; 4] = ["fork", "exec", "system-calls", "page-faults"];
const IDLE: &str = "idle";
/// Ticks of the time stamp counter in a second, on a machine that counts instructions.
const TICKS_PER_SECOND: f64 = 1e9;

/// Measures on both machines.
pub(super) fn run(bench: &Bench) -> Result<Vec<Row>> {
    let (kernel, initrd) = (bench.image("debian/vmlinuz")?, bench.image("debian/initrd.img")?);
    let command_line = format!("console=ttyS0 quiet cloister.start=\"{COMMANDS}\"");
    let plain = listen(bench.plain(kernel, Some(initrd), &command_line)?)?;
    let world = listen(bench.world("work")?)?;
    Ok(rows(&plain, &world))
}

fn rows(plain: &Heard, world: &Heard) -> Vec<Row> {
    let mut rows: Vec<Row> = BUSY
        .iter()
        .map(|part| {
            let costs = [("plain", plain.cost(part)), ("world", world.cost(part))];
            let why = costs.iter().filter_map(|(place, cost)| {
                cost.as_ref().err().map(|why| format!("{place}: {why}"))
            });
            let missing: Vec<_> = why.collect();
            let [(_, on_plain), (_, in_world)] = costs;
            Row {
                benchmark: NAME,
                name: (*part).to_owned(),
                unit: "instructions",
                plain: on_plain.ok(),
                world: in_world.ok(),
                kvm: None,
                goal: Some(Goal::Ratio(1.02)),
                missing: (!missing.is_empty()).then(|| missing.join("; ")),
            }
        })
        .collect();
    for part in BUSY.iter().copied().chain([IDLE]) {
        let told = world.exits.get(part);
        let ticks = told.and_then(|told| told.get("ticks")).copied().filter(|ticks| *ticks > 0.0);
        let Some((told, ticks)) = told.zip(ticks) else { continue };
        rows.extend(told.iter().filter(|(kind, number)| *kind != "ticks" && **number > 0.0).map(
            |(kind, number)| Row {
                benchmark: NAME,
                name: format!("{part}: exits, {kind}"),
                unit: "a second",
                plain: None,
                world: Some(number * TICKS_PER_SECOND / ticks),
                kvm: None,
                goal: None,
                missing: None,
            },
        ));
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_policys_world_runs_the_same_commands() {
        let policy = include_str!("policies/work.toml");
        assert!(policy.contains(&format!("cloister.start=\"{COMMANDS}\"'")), "{COMMANDS}");
    }

    #[test]
    fn a_part_costs_what_was_executed_since_the_one_before_and_exits_are_by_the_second() {
        let ended = [("start", 10.0), ("fork", 110.0)].map(|(part, at)| (part.to_owned(), at));
        let told = [("ticks", 2e9), ("kernel", 6.0), ("ports", 0.0)];
        let told = told.map(|(kind, number)| (kind.to_owned(), number));
        let world = Heard {
            ended: ended.to_vec(),
            exits: BTreeMap::from([("fork".to_owned(), BTreeMap::from(told))]),
            ..Heard::default()
        };
        let rows =
            rows(&Heard { missing: Some("no answer".to_owned()), ..Heard::default() }, &world);
        assert_eq!((rows[0].name.as_str(), rows[0].world), ("fork", Some(100.0)));
        assert_eq!(rows[0].missing.as_deref(), Some("plain: no answer"));
        let last = rows.last().unwrap();
        assert_eq!((last.name.as_str(), last.world), ("fork: exits, kernel", Some(3.0)));
    }
}
