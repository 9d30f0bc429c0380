//! The isolation check runs at every boot, and stops it when the tables let subjects at each other.

use cloister::machine::options::Firmware;
use cloister_tests::{
    appliance,
    running::{Running, quickest},
};

/// What is broken in the finished tables, and what the check must say of it.
const DAMAGES: [(&str, &str); 7] = [
    ("corrupt-shared-frame", "writable by one subject and reached by another"),
    ("corrupt-kernel-frame", "a page table, mapped"),
    ("corrupt-kernel-half", "another kernel half than the kernel's"),
    ("corrupt-write-execute", "writable and executable"),
    ("corrupt-supervisor", "closed to ring 3 in a program's half"),
    ("corrupt-port", "port 0x0 is open to subject 3 against the policy"),
    ("corrupt-register-map", "register 0x1b is open for reading to subject 0 against the policy"),
];

fn start(name: &str, self_test: Option<&str>) -> Running {
    // Ports for one component, so that there is a map of ports that can be broken.
    let policy = include_str!("../../policies/components.toml")
        .replace("[component.recorder]", "ports   = [\"0x70-0x71\"]\n\n[component.recorder]");
    let media = appliance::media_with(name, &policy, Firmware::Pvh, self_test);
    Running::start_with(&quickest(1), &media)
}

#[test]
fn the_resource_map_says_who_reaches_what_and_has_a_digest() {
    let mut machine = start("isolation", None);
    let passed = machine.line("isolation check", |line| line.contains("isolation check passed"));
    assert!(passed.contains("resource map SHA-256 "), "{passed}");
    let log = machine.log();
    let reaches = |frames: &str, who: &str| {
        log.iter().any(|line| line.starts_with(frames) && line.ends_with(who))
    };
    // The channel's memory: its writer and its reader, and nobody else.
    let channel = log.iter().find(|line| {
        let frames = line.split(": ").nth(1).map(|frames| format!("boot: {frames}: "));
        frames.is_some_and(|frames| {
            reaches(&frames, "sensor, read, write") && reaches(&frames, "recorder, read")
        })
    });
    assert!(channel.is_some(), "no channel in the map:\n{}", log.join("\n"));
    // Nobody but a guest, in its own memory, can execute what it writes.
    let loose =
        log.iter().find(|line| line.ends_with("write, execute") && !line.contains(": filler,"));
    assert_eq!(loose, None, "{}", log.join("\n"));
}

#[test]
fn each_kind_of_broken_table_stops_the_boot_with_its_name() {
    for (damage, finding) in DAMAGES {
        let mut machine = start(damage, Some(damage));
        let stop = machine
            .line("refusal", |line| line.starts_with("stop: ") || line.starts_with("milestone: "));
        assert!(
            stop.starts_with("stop: isolation check: ") && stop.contains(finding),
            "{damage}: {stop}"
        );
    }
}
