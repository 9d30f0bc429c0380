//! Components at two levels exchange records and events as the policy says, and nothing that a high one
//! does on another processor changes what a low one sees.

#![forbid(unsafe_code)]

use cloister_tests::running::Running;

/// Three components: a low source, a low relay, a high sink.
const CHANNELS: &str = include_str!("../policies/channels.toml");

/// Records of each channel that are waited for.
const RECORDS: u32 = 500;

/// The policy with source, relay and sink on these of `processors` processors.
fn on_processors(processors: u16, places: [u16; 3]) -> String {
    let mut policy = CHANNELS.replace("cpus   = 1\n", &format!("cpus   = {processors}\n"));
    let names = ["source", "relay", "sink"];
    for (name, place) in names.iter().zip(places) {
        policy =
            policy.replace(&format!("cpus    = [0] # {name}"), &format!("cpus    = [{place}]"));
    }
    let start = policy.find("cpu.0 = [").expect("a schedule");
    let end = policy.find("[officers]").expect("officers");
    let mut schedule = String::new();
    for processor in 0..processors {
        let here = names.iter().zip(places).filter(|(_, place)| *place == processor);
        let mut slots: Vec<String> = here
            .map(|(name, _)| format!("    {{ subject = \"{name}\", time = \"3 ms\" }},\n"))
            .collect();
        if processor == 0 {
            slots.push("    { subject = \"filler\", time = \"1 ms\" },\n".to_owned());
        }
        let used = slots.len() * 3 - if processor == 0 { 2 } else { 0 };
        slots.push(format!("    {{ time = \"{} ms\" }},\n", 10 - used));
        schedule.push_str(&format!("cpu.{processor} = [\n{}]\n", slots.concat()));
    }
    policy.replace_range(start..end, &format!("{schedule}\n"));
    policy
}

/// Runs until the sink has read enough of both of its channels; returns the log.
fn exchanged(mut machine: Running) -> Vec<String> {
    let mut missing = vec!["up", "direct"];
    while !missing.is_empty() {
        let line = machine.line("records", |line| {
            missing
                .iter()
                .any(|name| line.starts_with(&format!("component: sink: {name}: {RECORDS} read, ")))
        });
        missing.retain(|name| !line.contains(&format!("sink: {name}: ")));
    }
    machine.log()
}

fn check(log: &[String]) {
    let all = log.join("\n");
    assert!(!all.contains("broken record"), "{all}");
    assert!(!all.contains("does not fit"), "{all}");
    assert!(!all.contains("audit: "), "nobody did what it must not:\n{all}");
    assert!(all.contains("component: relay: passes aside on to up"), "{all}");
}

#[test]
fn on_one_processor_every_record_arrives_whole_and_none_is_lost() {
    let log = exchanged(Running::deterministic("ring-one", CHANNELS, 1));
    check(&log);
    let losses = log.iter().filter(|line| line.ends_with(" lost"));
    for line in losses {
        assert!(line.ends_with(" 0 lost"), "{line}");
    }
}

#[test]
fn on_two_processors_records_arrive_whole() {
    let policy = on_processors(2, [0, 1, 1]);
    check(&exchanged(Running::of_policy("ring-two", &policy, 2)));
}

#[test]
fn on_four_processors_records_arrive_whole() {
    let policy = on_processors(4, [0, 2, 3]);
    let log = exchanged(Running::of_policy("ring-four", &policy, 4));
    check(&log);
    assert!(log.iter().any(|line| line == "kernel: 4 processors enter the schedule"));
}

#[test]
fn a_ring_that_its_writer_garbles_costs_no_other_channel_a_record() {
    let policy = CHANNELS.replace("native/relay", "native/garbler");
    let mut machine = Running::deterministic("ring-garbled", &policy, 1);
    let direct = format!("component: sink: direct: {RECORDS} read, ");
    machine.line("records", |line| line.starts_with(&direct));
    let log = machine.log();
    let all = log.join("\n");
    assert!(all.contains("component: relay: garbles up"), "{all}");
    assert!(!all.contains("audit: "), "nobody did what it must not:\n{all}");
    for line in log.iter().filter(|line| line.starts_with("component: sink: direct: ")) {
        assert!(line.ends_with(" read, 0 lost"), "{line}");
    }
}

/// What the low component on the first processor says of all that it saw, with the program `other` in
/// the high component's place on the second.
fn observed(other: &str) -> Vec<String> {
    let policy = include_str!("../policies/two-processors.toml");
    let policy = policy.replace("native/idle", &format!("native/{other}"));
    let mut machine = Running::deterministic(&format!("two-processors-{other}"), &policy, 2);
    machine.said_until("observer", "done")
}

/// On two processors the emulator's clock counts the instructions of both, so the observer reads no
/// clock: it records its frames, their order, its events, and the contents of its channel.
#[test]
fn on_two_processors_a_low_component_sees_the_same_whatever_a_high_one_does_on_the_other() {
    let expected = observed("idle");
    assert_eq!(expected.len(), 5, "four digests and the end: {expected:#?}");
    assert!(expected[3].ends_with(" 400 records"), "ten in each frame: {expected:#?}");
    for other in ["spinner", "restless", "attacker"] {
        assert_eq!(observed(other), expected, "with {other}");
    }
}
