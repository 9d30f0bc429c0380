//! Separation in time: what a high component does changes nothing that a low one can see.

use cloister_tests::running::Running;

/// What the low component says of all its readings of time, with the program `other` in the high
/// component's place, in a deterministic run.
fn witnessed(other: &str) -> Vec<String> {
    let policy =
        include_str!("../../policies/time.toml").replace("native/idle", &format!("native/{other}"));
    let mut machine = Running::deterministic(&format!("time-{other}"), &policy, 1);
    machine.said_until("witness", "witness done")
}

#[test]
fn a_low_component_sees_the_same_to_the_bit_whatever_the_high_one_does() {
    let expected = witnessed("idle");
    assert_eq!(expected.len(), 5, "four digests and the end: {expected:#?}");
    for other in ["spinner", "restless", "attacker"] {
        assert_eq!(witnessed(other), expected, "with {other}");
    }
}
