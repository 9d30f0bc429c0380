//! How defects and exceptions are reported, and that the next boot knows of them.

use cloister::{machine::options::Firmware, milestone::Milestone, outcome::Outcome};
use cloister_tests::{
    appliance,
    running::{Running, quickest},
};
use serde_json::json;

#[test]
fn an_nmi_after_lock_is_reported_with_registers_and_known_to_the_next_boot() {
    let mut machine = Running::start(Firmware::Uefi);
    machine.reach(Milestone::Locked);
    let qmp = machine.machine().qmp().expect("a control socket");
    qmp.execute("inject-nmi", json!({})).expect("an NMI");
    let outcome = machine.outcome(None);
    assert!(matches!(outcome, Outcome::Exception(_)), "{outcome}\n{}", machine.log().join("\n"));
    let log = machine.log();
    for register in ["rip", "rsp", "cr3"] {
        assert!(log.iter().any(|line| line.contains(register)), "no {register}: {log:#?}");
    }

    let qmp = machine.machine().qmp().expect("a control socket");
    qmp.execute("system_reset", json!({})).expect("a reset");
    let line = machine.line("crash record", |line| {
        line.starts_with("boot: ") && line.contains("previous boot ended in")
    });
    assert!(line.contains("an exception"), "{line}");
    machine.reach(Milestone::Locked);
}

/// How a boot program ends that fails in a certain way.
fn outcome_of(self_test: &'static str) -> Outcome {
    let media = appliance::media(Firmware::Pvh, Some(self_test));
    Running::start_with(&quickest(2), &media).outcome(Some(Milestone::Locked))
}

#[test]
fn a_panic_is_reported() {
    let outcome = outcome_of("panic");
    let Outcome::Panicked(message) = &outcome else { panic!("{outcome}") };
    assert!(message.contains("self-test"), "{message}");
}

#[test]
fn a_write_to_code_is_an_exception() {
    let outcome = outcome_of("write-code");
    let Outcome::Exception(message) = &outcome else { panic!("{outcome}") };
    assert!(message.to_lowercase().contains("page fault"), "{message}");
}

#[test]
fn a_stack_overflow_is_reported_although_no_stack_is_left() {
    let outcome = outcome_of("stack-overflow");
    assert!(matches!(outcome, Outcome::Exception(_)), "{outcome}");
}
