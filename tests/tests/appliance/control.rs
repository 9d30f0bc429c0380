//! A component controls another as the policy lets it, and not otherwise.

use cloister_tests::running::Running;

#[test]
fn a_component_controls_whom_the_policy_lets_it_and_nobody_else() {
    let policy = include_str!("../../policies/control.toml");
    let mut machine = Running::of_policy("control", policy, 1);
    machine.line("end of the commands", |line| line.contains("no command is left"));
    machine
        .line("frames of who was not controlled", |line| line.ends_with("bystander: 100 frames"));
    let log = machine.log();
    let all = log.join("\n");
    let of_control = |line: &str| {
        let answered = line.ends_with(": done") || line.ends_with(": refused");
        line.starts_with("audit: ") || line.starts_with("controller: ") && answered
    };
    let said: Vec<&str> = log
        .iter()
        .map(|line| line.strip_prefix("component: ").unwrap_or(line))
        .filter(|line| of_control(line))
        .collect();
    let expected = [
        "controller: may Pause worker: done",
        "audit: paused worker (0)",
        "controller: may Resume worker: done",
        "audit: resumed worker (0)",
        "controller: may Stop worker: done",
        "audit: stopped worker (1)",
        "controller: may Start worker: done",
        "audit: restoring worker (0)",
        "audit: started worker (2)",
        "controller: may Restart worker: done",
        "audit: restoring worker (0)",
        "audit: started worker (3)",
        "controller: may not Stop bystander: refused",
        "controller: may Resume bystander: done",
        "controller: beyond the table: refused",
    ];
    assert_eq!(said, expected, "{all}");
    let starts = log.iter().filter(|line| line.ends_with("worker: 0 channels")).count();
    assert_eq!(starts, 3, "{all}");
}
