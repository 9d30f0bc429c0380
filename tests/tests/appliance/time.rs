//! Separation in time: what a high component does changes nothing that a low one can see.

use cloister::machine::{Options, options::Firmware};
use cloister_tests::{appliance, running::Running};

/// What the low component says of all its readings of time, with the program `other` in the high
/// component's place, in a deterministic run.
fn witnessed(other: &str) -> Vec<String> {
    let policy =
        include_str!("../../policies/time.toml").replace("native/idle", &format!("native/{other}"));
    let media = appliance::media_of(&format!("time-{other}"), &policy, Firmware::Pvh);
    let options = Options {
        firmware: Firmware::Pvh,
        tpm: false,
        memory: 1024,
        processors: 1,
        deterministic: true,
        ..Options::default()
    };
    let mut machine = Running::start_with(&options, &media);
    machine.line("end of the record", |line| line == "component: witness: witness done");
    let mut log = machine.log();
    log.retain(|line| line.starts_with("component: witness: "));
    log
}

#[test]
fn a_low_component_sees_the_same_to_the_bit_whatever_the_high_one_does() {
    let expected = witnessed("idle");
    assert_eq!(expected.len(), 5, "four digests and the end: {expected:#?}");
    for other in ["spinner", "restless", "attacker"] {
        assert_eq!(witnessed(other), expected, "with {other}");
    }
}
