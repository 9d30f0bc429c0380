//! Separation in time between worlds: what a high world does changes nothing that a low one can see.

use cloister::machine::{BootMedia, Options, options::Firmware};
use cloister_tests::{
    appliance,
    running::{Running, quickest},
};

/// Digests that are compared. Each is of all that the probe world saw until then: registers, arrivals
/// of interrupts, differences of the time stamp counter, how long its exits took.
const DIGESTS: usize = 8;

/// The policy with a high world whose guest does `what`.
fn policy(what: &str) -> String {
    include_str!("../../policies/probe.toml")
        .replace("command-line = \"idle\"", &format!("command-line = \"{what}\""))
}

/// The digests of the low world's record until there are `count` and `is_done` has said so of a line, and
/// the whole log.
fn record(
    media: &BootMedia,
    count: usize,
    is_done: impl Fn(&str) -> bool,
) -> (Vec<String>, Vec<String>) {
    let options = Options { deterministic: true, ..quickest(1) };
    let mut machine = Running::start_with(&options, media);
    let is_digest = |line: &str| line.starts_with("component: probe: probe: ");
    let (mut digests, mut done) = (Vec::new(), false);
    while digests.len() < count || !done {
        let line = machine.line("digest", |line| is_digest(line) || is_done(line));
        done |= is_done(&line);
        if is_digest(&line) {
            digests.push(line);
        }
    }
    (digests, machine.log())
}

#[test]
fn a_low_world_sees_the_same_to_the_bit_whatever_the_high_one_does() {
    let record = |what: &str| {
        let name = format!("probe-{}", what.replace([' ', '='], "-"));
        let media = appliance::media_of(&name, &policy(what), Firmware::Pvh);
        record(&media, DIGESTS, |_| true)
    };
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

#[test]
fn a_flood_from_below_is_the_affair_of_who_receives_it() {
    let policy = include_str!("../../policies/flood.toml");
    let quiet = policy.replace("command-line = \"flood\"", "command-line = \"idle\"");
    let media = |name, policy| appliance::media_of(name, policy, Firmware::Pvh);
    let [flood, quiet] = [media("flood", policy), media("flood-quiet", &quiet)];
    let received = |line: &str| line == "component: above: probe: received 1024 more";
    let (digests, _) = record(&flood, DIGESTS, received);
    let (expected, log) = record(&quiet, digests.len(), |_| true);
    let different = digests.iter().zip(&expected).find(|(one, other)| one != other);
    assert_eq!(different, None, "of {} digests", digests.len());
    assert!(!log.iter().any(|line| received(line)), "quiet is quiet:\n{}", log.join("\n"));
}

/// The policy with a Debian world as the high one, which has most of the time and runs `commands` once
/// it is up.
fn debian_policy(commands: &str) -> String {
    let probe = "kernel       = { file = \"native/probe\" }\ncommand-line = \"idle\"";
    let debian = format!(
        "kernel       = {{ file = \"debian/vmlinuz\" }}\n\
         initrd       = {{ file = \"debian/stress/initrd.img\" }}\n\
         command-line = 'console=ttyS0 quiet cloister.start=\"{commands}\"'"
    );
    let world = "image   = \"other\"\nmemory  = \"32 MiB\"";
    let policy = policy("idle");
    assert!(policy.contains(probe) && policy.contains(world), "the policy has another form");
    policy
        .replace(probe, &debian)
        .replace(world, &world.replace("32", "192"))
        .replace("\"probe\", time = \"5 ms\"", "\"probe\", time = \"1 ms\"")
        .replace("\"other\", time = \"5 ms\"", "\"other\", time = \"9 ms\"")
}

/// How long stress-ng runs in the world's own time: as many seconds as this variable says, or else 2. An
/// emulated second takes some ten of the host's.
const SECONDS: &str = "CLOISTER_TEST_STRESS_SECONDS";

#[test]
fn a_low_world_sees_the_same_to_the_bit_while_stress_ng_runs_in_the_high_one() {
    let seconds = std::env::var(SECONDS).map_or(2, |text| text.parse().expect("seconds"));
    let commands = format!(
        "stress-ng --temp-path /tmp --timeout {seconds} --cpu 1 --vm 1 --vm-bytes 32M --fork 1 \
         --switch 1 --timer 1 --mmap 1 --mmap-bytes 16M --hdd 1 --hdd-bytes 8M --metrics-brief"
    );
    // Both from the same sources, also if somebody works on them meanwhile.
    let media = |name, commands| appliance::media_of(name, &debian_policy(commands), Firmware::Pvh);
    let [busy, idle] = [media("probe-stress", &commands), media("probe-stress-idle", ":")];
    let (busy, log) = record(&busy, 1, |line| {
        line.starts_with("component: other: ") && line.contains("successful run completed")
    });
    // As often as it says, every kind of work was done.
    let all = log.join("\n");
    for kind in ["cpu", "vm", "fork", "switch", "timer", "mmap", "hdd"] {
        let mut metrics = log.iter().filter_map(|line| line.split_once("stress-ng: metrc: ["));
        let worked = metrics.any(|(_, line)| {
            let mut words = line.split_whitespace().skip(1);
            words.next() == Some(kind)
                && words.next().and_then(|count| count.parse().ok()).is_some_and(|n: u64| n > 0)
        });
        assert!(worked, "{kind} did nothing:\n{all}");
    }
    println!("{} digests while stress-ng ran for {seconds} seconds", busy.len());
    let (idle, _) = record(&idle, busy.len(), |_| true);
    let different = busy.iter().zip(&idle).find(|(busy, idle)| busy != idle);
    assert_eq!(different, None, "of {} digests", busy.len());
}
