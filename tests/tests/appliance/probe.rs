//! Separation in time between worlds: what a high world does changes nothing that a low one can see.

use cloister_tests::running::Running;

/// Digests that are compared. Each is of all that the probe world saw until then: registers, arrivals
/// of interrupts, differences of the time stamp counter, how long its exits took.
const DIGESTS: usize = 8;

/// The digests of the low world's record, and all lines of the high world, whose guest does `what`.
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
    let of = |prefix: &str| {
        let lines = log.iter().filter(|line| line.starts_with(prefix));
        lines.cloned().collect::<Vec<_>>()
    };
    let mut digests = of("component: probe: probe: ");
    digests.truncate(DIGESTS);
    (digests, of("component: other: "))
}

#[test]
fn a_low_world_sees_the_same_to_the_bit_whatever_the_high_one_does() {
    let (expected, _) = record("idle");
    for what in ["spin", "exits", "attack", "attack only=memory", "attack only=reserved"] {
        let (digests, other) = record(what);
        assert_eq!(digests, expected, "with {what}");
        assert!(!what.starts_with("attack") || !other.is_empty(), "{what} did nothing");
    }
}
