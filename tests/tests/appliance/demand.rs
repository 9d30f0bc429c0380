//! A machine that lacks what the policy needs is refused, with who lacks what.

use cloister_tests::running::Running;

fn refusal(name: &str, policy: &str, processors: u16) -> String {
    let mut machine = Running::of_policy(name, policy, processors);
    machine.line("refusal", |line| line.starts_with("stop: ") || line.starts_with("milestone: "))
}

#[test]
fn too_little_memory_names_who_lacks_how_much() {
    let policy = include_str!("../../policies/components.toml")
        .replace("512 MiB", "8 GiB")
        .replacen("memory  = \"64 KiB\"", "memory  = \"2 GiB\"", 2);
    let line = refusal("too-little-memory", &policy, 1);
    let expected =
        "stop: too little memory for component recorder: its working memory of 2048 MiB needs ";
    assert!(line.starts_with(expected), "{line}");
    // How much exactly depends on the programs: twice 2 GiB, a world and its monitor.
    assert!(line.contains(" MiB more than the machine has left; the policy needs 41"), "{line}");
}

#[test]
fn processors_that_share_a_core_otherwise_than_the_policy_says_are_refused() {
    let policy = include_str!("../../policies/audit.toml")
        .replace("cpus   = 2\n", "cpus   = 2\nsiblings = [[0, 1]]\n")
        .replace("\"high\"\nprogram", "\"low\"\nprogram");
    let line = refusal("other-siblings", &policy, 2);
    let expected = "stop: the policy is for another machine: \
                    processors 0 and 1 share a core in the policy, but not here";
    assert_eq!(line, expected);
}

/// The policy with the sensor driving a device.
fn with_device(selector: &str) -> String {
    let device = format!("[device.meter]\n{selector}\nowner = \"sensor\"\ndma   = false\n\n");
    include_str!("../../policies/components.toml").replacen(
        "[channel.up]",
        &format!("{device}[channel.up]"),
        1,
    )
}

#[test]
fn a_device_that_is_not_there_is_named_with_who_misses_it() {
    let line = refusal("missing-device", &with_device("class = \"audio\""), 1);
    let expected = "stop: missing device: meter of component sensor: this machine has no PCI \
                    function of class 04:03";
    assert_eq!(line, expected);
}

#[test]
fn what_makes_the_machine_is_not_given_away() {
    // The bridge to the old bus, which this machine has at that place.
    let line = refusal("loose-device", &with_device("address = \"00:1f.0\""), 1);
    let expected = "stop: device meter of component sensor: 00:1f.0 8086:2918 class 06:01 is part of the \
                    machine";
    assert_eq!(line, expected);
}

#[test]
fn too_many_virtual_processors_for_the_processor_s_address_space_identifiers_are_refused() {
    // The emulated processor has 16 identifiers, of which one is the host's.
    let on_all: String = (0..8)
        .map(|cpu| {
            format!(
                "cpu.{cpu} = [\n    {{ subject = \"left\", time = \"10 ms\" }},\n    \
                 {{ subject = \"right\", time = \"10 ms\" }},\n]\n"
            )
        })
        .collect();
    let policy = include_str!("../../policies/worlds.toml");
    let (before, rest) = policy.split_once("cpu.0 = [").expect("a schedule");
    let (_, after) = rest.split_once("]\n").expect("its end");
    let policy = format!("{before}{on_all}{after}")
        .replace("cpus   = 1\n", "cpus   = 8\n")
        .replace("cpus    = [0]", "cpus    = [0, 1, 2, 3, 4, 5, 6, 7]");
    let line = refusal("too-many-virtual-processors", &policy, 8);
    let expected = "stop: world right: the processor tells 15 virtual processors apart, no more (address \
                    space identifiers); the policy has more";
    assert_eq!(line, expected);
}
