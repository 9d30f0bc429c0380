//! Components under the policy's schedule: an attacker among them changes nothing for the others.

use cloister_tests::running::Running;

/// What the attacker tries in each of its lives, and the fault that must end it.
const ATTACKS: [(&str, &str); 6] = [
    ("write the kernel", "page fault (error code 0x0000000000000007)"),
    ("read low memory", "page fault (error code 0x0000000000000006)"),
    ("use a port", "general protection fault"),
    ("halt", "general protection fault"),
    ("read an MSR", "general protection fault"),
    ("use up the stack", "page fault (error code 0x0000000000000006)"),
];

/// Runs a policy until the attacker has no attack left; returns the log.
fn attacked(name: &str, policy: &str, processors: u16) -> Vec<String> {
    let mut machine = Running::of_policy(name, policy, processors);
    machine.line("end of the attacks", |line| line.contains("no attack is left"));
    machine.line("later frames", |line| line.contains("sensor: 200 frames"));
    machine.log()
}

fn check(log: &[String]) {
    let all = log.join("\n");
    for (attack, fault) in ATTACKS {
        let tried = log.iter().position(|line| line.contains(attack));
        let tried = tried.unwrap_or_else(|| panic!("no attack {attack:?}:\n{all}"));
        let ended = log[tried..].iter().find(|line| line.starts_with("audit: attacker: "));
        assert!(ended.is_some_and(|line| line.contains(fault)), "{attack}: {ended:?}\n{all}");
    }
    assert!(!all.contains("was not stopped"), "{all}");
    for name in ["sensor", "recorder"] {
        assert!(!all.contains(&format!("audit: {name}")), "{name} was disturbed:\n{all}");
    }
}

#[test]
fn each_attack_of_a_component_ends_in_its_fault_and_the_others_run_on() {
    check(&attacked("components", include_str!("../../policies/components.toml"), 1));
}

#[test]
fn the_same_on_four_processors() {
    let log = attacked("processors", include_str!("../../policies/processors.toml"), 4);
    check(&log);
    assert!(log.iter().any(|line| line == "kernel: 4 processors enter the schedule"));
}

#[test]
fn too_few_processors_are_refused_by_name() {
    let policy = include_str!("../../policies/processors.toml");
    let mut machine = Running::of_policy("too-few", policy, 2);
    let line = machine.line("refusal", |line| line.starts_with("stop: "));
    assert_eq!(
        line,
        "stop: too few processors for component attacker: it runs on processor 2, of 2 that can be used; \
         the policy needs 4 in all"
    );
}
