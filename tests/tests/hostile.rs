//! A component that tries everything that it must not do: each attempt ends in the fault that the
//! processor has for it, and the others do not miss a frame. And one that leaves something in every
//! register: nobody finds it.

#![forbid(unsafe_code)]

use cloister_tests::running::Running;

/// Instructions that do not end in a general protection fault, and what they end in. Where two are
/// said, it depends on what the processor has and the kernel has switched on.
const FAULTS: [(&str, &[&str]); 34] = [
    ("syscall", &["invalid opcode"]),
    ("sysenter", &["invalid opcode", "general protection fault"]),
    ("sysexit", &["invalid opcode", "general protection fault"]),
    ("sysretq", &["invalid opcode", "general protection fault"]),
    ("xsetbv", &["invalid opcode", "general protection fault"]),
    ("vmrun", &["invalid opcode", "general protection fault"]),
    ("vmload", &["invalid opcode", "general protection fault"]),
    ("vmsave", &["invalid opcode", "general protection fault"]),
    ("stgi", &["invalid opcode", "general protection fault"]),
    ("clgi", &["invalid opcode", "general protection fault"]),
    ("skinit", &["invalid opcode", "general protection fault"]),
    ("invlpga", &["invalid opcode", "general protection fault"]),
    ("vmmcall", &["invalid opcode"]),
    ("vmcall", &["invalid opcode"]),
    ("rsm", &["invalid opcode"]),
    ("monitor", &["invalid opcode"]),
    ("mwait", &["invalid opcode"]),
    ("stac", &["invalid opcode"]),
    ("clac", &["invalid opcode"]),
    ("wrfsbase", &["invalid opcode"]),
    ("ud2", &["invalid opcode"]),
    ("lock without memory", &["invalid opcode"]),
    ("stack at no address", &["stack fault", "general protection fault"]),
    ("divide by zero", &["divide error"]),
    ("single step", &["debug exception"]),
    ("icebp", &["debug exception"]),
    ("x87 exception", &["x87 floating-point exception"]),
    ("interrupts off by popfq", &["invalid opcode"]),
    ("kernel code segment", &["general protection fault"]),
    ("kernel stack segment", &["general protection fault"]),
    ("kernel data segment", &["general protection fault"]),
    ("task segment as data", &["general protection fault"]),
    ("iretq to the kernel", &["general protection fault"]),
    ("jump to no address", &["general protection fault"]),
];

/// Attacks of each kind: as many as there must be at least.
const KINDS: [(&str, usize); 7] = [
    ("calls", 2),
    ("do", 60),
    ("int", 40),
    ("msr", 40),
    ("port", 150),
    ("memory", 500),
    ("end", 1),
];

/// What it says beside.
const REMARKS: [&str; 2] = ["own ports work", "no attack is left"];

/// How long the others are watched.
const ENOUGH_FRAMES: &str = "component: sensor: 2000 frames";

/// What the kernel must say of an attack; `attack` is what the component says before it.
fn is_stopped(attack: &str, audit: &str) -> bool {
    let mut words = attack.split(' ');
    let (kind, first, second) = (words.next(), words.next(), words.next());
    let fault = audit.strip_prefix("audit: hostile: ").unwrap_or_default();
    let is = |name: &str| fault.starts_with(&format!("{name} (error code "));
    match kind {
        Some("memory") => {
            let hexadecimal = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
            let wanted = second.and_then(hexadecimal).expect("an address");
            let is_address = wanted.cast_signed() >> 47 == 0 || wanted.cast_signed() >> 47 == -1;
            // Of an access across the end of a page, the address is in the second.
            let found = fault.split("address ").nth(1).and_then(hexadecimal);
            let is_there = found.is_some_and(|found| found.wrapping_sub(wanted) < 8);
            if is_address { is("page fault") && is_there } else { is("general protection fault") }
        }
        Some("do") => {
            let name = attack.strip_prefix("do ").unwrap_or_default();
            let known = FAULTS.iter().find(|(attack, _)| *attack == name);
            let faults = known.map_or(&["general protection fault"][..], |(_, faults)| faults);
            faults.iter().any(|fault| is(fault))
        }
        Some("int" | "msr" | "port") => is("general protection fault"),
        Some("stack") => is("page fault"),
        Some("calls") => first == Some("100000") || audit == "audit: ended hostile (0)",
        Some("end") => audit == "audit: ended hostile (7)",
        _ => false,
    }
}

#[test]
fn whatever_a_component_tries_ends_in_its_fault_and_the_others_miss_no_frame() {
    let policy = include_str!("../policies/hostile.toml");
    // Deterministic, so that no frame is missed because this machine was busy.
    let mut machine = Running::deterministic("hostile", policy, 1);
    machine.line("end of the attacks", |line| line.contains("hostile: no attack is left"));
    machine.line("later frames", |line| line == ENOUGH_FRAMES);
    let log = machine.log();

    let said = |line: &String| line.strip_prefix("component: hostile: ").map(str::to_owned);
    let mut counts = [0; KINDS.len()];
    for (index, line) in log.iter().enumerate() {
        let Some(attack) = said(line).filter(|text| !REMARKS.contains(&text.as_str())) else {
            continue;
        };
        let next = log[index + 1..].iter().find(|line| line.contains(" hostile"));
        let next = next.map_or("", String::as_str);
        assert!(is_stopped(&attack, next), "{attack}: {next}");
        let kind = KINDS.iter().position(|(kind, _)| attack.split(' ').next() == Some(kind));
        if let Some(kind) = kind {
            counts[kind] += 1;
        }
    }
    for ((kind, least), count) in KINDS.iter().zip(counts) {
        assert!(count >= *least, "only {count} attacks of kind {kind}");
    }
    let all = log.join("\n");
    for remark in REMARKS {
        assert!(log.contains(&format!("component: hostile: {remark}")), "{remark}:\n{all}");
    }
    for name in ["sensor", "recorder"] {
        assert!(!all.contains(&format!("{name}: missed")), "{name} missed a frame:\n{all}");
        assert!(!all.contains(&format!("audit: {name}")), "{name} was disturbed:\n{all}");
    }
}

/// What a low component finds in its registers and on its clock, with the program `other` in a high
/// component's place on the same processor.
fn witnessed(other: &str) -> Vec<String> {
    let policy = include_str!("../policies/time.toml");
    let policy = policy.replace("native/idle", &format!("native/{other}"));
    let mut machine = Running::deterministic(&format!("registers-{other}"), &policy, 1);
    machine.said_until("witness", "witness done")
}

#[test]
fn no_register_carries_anything_from_a_high_component_to_a_low_one() {
    assert_eq!(witnessed("carrier"), witnessed("idle"));
}
