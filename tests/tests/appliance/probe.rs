//! Separation in time between worlds: what a high world does changes nothing that a low one can see.

use cloister_tests::running::Running;

/// Digests that are compared. Each is of all that the probe world saw until then: registers, arrivals
/// of interrupts, differences of the time stamp counter, how long its exits took.
const DIGESTS: usize = 8;

/// The digests of the low world's record, and the whole log, with a high world whose guest does `what`.
fn record(what: &str) -> (Vec<String>, Vec<String>) {
    let policy = include_str!("../../policies/probe.toml")
        .replace("command-line = \"idle\"", &format!("command-line = \"{what}\""));
    let name = format!("probe-{}", what.replace([' ', '='], "-"));
    let mut machine = Running::deterministic(&name, &policy, 1);
    for number in 1..=DIGESTS {
        machine.line(&format!("digest {number}"), |line| {
            line.starts_with("component: probe: probe: frame ")
        });
    }
    let log = machine.log();
    let digests = log.iter().filter(|line| line.starts_with("component: probe: probe: "));
    (digests.take(DIGESTS).cloned().collect(), log)
}

#[test]
fn a_low_world_sees_the_same_to_the_bit_whatever_the_high_one_does() {
    let (expected, _) = record("idle");
    for what in ["spin", "exits", "attack", "attack only=memory", "attack only=reserved"] {
        let (digests, log) = record(what);
        assert_eq!(digests, expected, "with {what}");
        let mut other = log.iter().filter(|line| line.starts_with("component: other: "));
        assert!(!what.starts_with("attack") || other.next().is_some(), "{what} did nothing");
    }

    // The high world's monitor gives up, again and again: it is recorded, and the world starts as it
    // was measured.
    let (digests, log) = record("attack only=monitor");
    assert_eq!(digests, expected, "with a monitor that gives up");
    let mut lines = log.iter();
    for wanted in [
        "component: other: attack: monitor",
        "component: other: the guest cannot go on: ",
        "audit: other: invalid opcode",
        "audit: started other (2)",
        "component: other: attack: monitor",
        "audit: other: invalid opcode",
    ] {
        let found = lines.any(|line| line.starts_with(wanted));
        assert!(found, "no {wanted:?} in its order:\n{}", log.join("\n"));
    }
}
