//! Audit records: read and chained by the component that the policy names, and known to the next boot.

use cloister::machine::{Options, options::Firmware};
use cloister_model::audit::Kind;
use cloister_model::subject::SubjectId;
use cloister_tests::{
    appliance, audit,
    running::{Running, quickest},
};
use serde_json::json;

fn start(firmware: Firmware, deterministic: bool) -> Running {
    let policy = include_str!("../../policies/audit.toml");
    let name = if deterministic { "audit" } else { "audit-reset" };
    let media = appliance::media_of(name, policy, firmware);
    let options = Options { firmware, deterministic, ..quickest(2) };
    Running::start_with(&options, &media)
}

#[test]
fn records_reach_their_reader_who_chains_them_and_time_is_counted() {
    // In a run whose clock the host does not disturb, so that no frame is late.
    let mut machine = start(Firmware::Pvh, true);
    machine.line("end of the attacks", |line| line.contains("no attack is left"));
    let line =
        machine.line("chain", |line| line.contains("auditor: cpu 1: ") && line.contains("records"));
    machine.line("time", |line| line.ends_with("auditor: cpu 1: subject 3 used 0 %"));
    let log = machine.log();
    let all = log.join("\n");

    let place = audit::place(&log, "auditor");
    let (_, said) = line.split_once("cpu 1: ").expect("a report");
    let (count, head) = said.split_once(" records, ").expect("a count");
    let count: usize = count.parse().expect("a number");
    let records = audit::records(machine.machine(), place, 1, count);
    let chain = audit::chain(&records);
    let expected: String = chain[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(head, expected, "{all}");

    assert_eq!((records[0].kind, records[0].subject), (Kind::Lock as u16, SubjectId::KERNEL));
    let faults = records.iter().filter(|record| record.kind == Kind::Fault as u16).count();
    assert!(faults >= 6, "{records:#?}");
    let numbered = records
        .iter()
        .zip(0..)
        .all(|(record, number)| (record.sequence, record.processor) == (number, 1));
    assert!(numbered, "{records:#?}");
    assert!(!all.contains("lost"), "{all}");
    // Who spins uses all of its time but the kernel's.
    let spinner = log.iter().rfind(|line| line.contains("cpu 1: subject 4 used "));
    let percent =
        spinner.and_then(|line| line.split("used ").nth(1)?.split(' ').next()?.parse().ok());
    assert!(percent.is_some_and(|percent: u64| (50..=100).contains(&percent)), "{spinner:?}");
}

#[test]
fn the_last_records_survive_a_warm_reset() {
    let mut machine = start(Firmware::Uefi, false);
    machine.line("end of the attacks", |line| line.contains("no attack is left"));
    let qmp = machine.machine().qmp().expect("a control socket");
    qmp.execute("system_reset", json!({})).expect("a reset");
    machine.line("crash record", |line| {
        line.ends_with("the previous boot ended in a reset while it ran")
    });
    for processor in 0..2 {
        // Which ones depends on how late the host lets frames begin.
        let start = format!("boot: processor {processor}, record ");
        let known = |line: &str| Kind::ALL.iter().any(|kind| line.contains(kind.words()));
        machine.line("last record", |line| line.starts_with(&start) && known(line));
    }
    machine.line("isolation check", |line| line.contains("isolation check passed"));
}
