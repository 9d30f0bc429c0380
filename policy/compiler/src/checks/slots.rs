//! Rules of time shared: processors together, siblings apart, what is left over.

use std::collections::{BTreeSet, HashMap, HashSet};

use cloister_policy_format::{CpuIndex, MAX_CPUS};

use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    occupancy::{Slot, slots},
    reader::show_duration,
    source::Span,
};

/// A meeting that not all come to.
pub static BARRIERS: Check = Check::error(
    "P150",
    "barriers",
    "All processors meet at the same instants of the major frame.",
    barriers,
);
/// A processor that is never used.
pub static CPU_IDLE: Check = Check::warning(
    "P151",
    "idle-cpu",
    "Every processor of the machine is in the schedule.",
    cpu_idle,
);
/// A processor that is not there.
pub static CPU_ABSENT: Check = Check::error(
    "P152",
    "absent-cpu",
    "The schedule uses only processors that the machine has.",
    cpu_absent,
);
/// Two levels on one core.
pub static SIBLINGS: Check = Check::error(
    "P153",
    "sibling-levels",
    "Processors that share a core never run subjects of different levels at the same time.",
    siblings,
);
/// Siblings that cannot be.
pub static SIBLING_GROUPS: Check = Check::error(
    "P154",
    "sibling-groups",
    "Each processor is in one group of siblings, and is one that the machine has.",
    sibling_groups,
);
/// A gift where all is burnt.
pub static STRICT_SLACK: Check = Check::error(
    "P155",
    "strict-slack",
    "A strict policy gives no time left over, as it is burnt.",
    strict_slack,
);
/// A gift that cannot be taken.
pub static SLACK_ELSEWHERE: Check = Check::error(
    "P156",
    "slack-elsewhere",
    "Who gets time that another leaves over runs on one of the giver's processors.",
    slack_elsewhere,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &BARRIERS,
    &CPU_IDLE,
    &CPU_ABSENT,
    &SIBLINGS,
    &SIBLING_GROUPS,
    &STRICT_SLACK,
    &SLACK_ELSEWHERE,
];

fn barriers(context: &Context<'_>, findings: &mut Findings) {
    let slots = slots(context.policy);
    let mut instants: HashMap<u64, Span> = HashMap::new();
    let mut met: HashSet<(CpuIndex, u64)> = HashSet::new();
    for slot in slots.iter().filter(|slot| slot.barrier) {
        instants.entry(slot.end).or_insert(slot.span);
        met.insert((slot.cpu, slot.end));
    }
    let ordered: BTreeSet<u64> = instants.keys().copied().collect();
    for (cpu, _) in &context.policy.schedule.plans {
        for instant in &ordered {
            if !met.contains(&(cpu.value, *instant)) {
                findings.push(
                    Diagnostic::new(
                        &BARRIERS,
                        cpu.span,
                        format!(
                            "processor {} does not come to the barrier after {}",
                            cpu.value.0,
                            show_duration(*instant)
                        ),
                    )
                    .also(instants[instant], "another processor waits here")
                    .help("end a slot of this processor at that instant with `barrier = true`, or take the barrier from all"),
                );
            }
        }
    }
}

fn cpu_idle(context: &Context<'_>, findings: &mut Findings) {
    let Some(cpus) = context.policy.machine.cpus else { return };
    let planned: HashSet<u64> = context.policy.planned_cpus().map(|cpu| u64::from(cpu.0)).collect();
    let idle: Vec<String> =
        (0..cpus.value).filter(|cpu| !planned.contains(cpu)).map(|cpu| cpu.to_string()).collect();
    if !idle.is_empty() && !planned.is_empty() {
        findings.push(
            Diagnostic::new(
                &CPU_IDLE,
                cpus.span,
                format!("the schedule does not use processor {}", idle.join(", ")),
            )
            .also(context.policy.schedule.span, "the schedule")
            .help("give it slots, or ask for a machine with fewer processors"),
        );
    }
}

fn cpu_absent(context: &Context<'_>, findings: &mut Findings) {
    let Some(cpus) = context.policy.machine.cpus else { return };
    for (cpu, _) in &context.policy.schedule.plans {
        if u64::from(cpu.value.0) >= cpus.value {
            findings.push(
                Diagnostic::new(
                    &CPU_ABSENT,
                    cpu.span,
                    format!(
                        "the machine has {} processors, counted from 0, and none with number {}",
                        cpus.value, cpu.value.0
                    ),
                )
                .also(cpus.span, "the machine's processors")
                .help("use a lower number, or ask for a machine with more processors"),
            );
        }
    }
}

fn siblings(context: &Context<'_>, findings: &mut Findings) {
    let slots = slots(context.policy);
    for group in context.policy.machine.siblings.iter().take(MAX_CPUS) {
        let members: HashSet<CpuIndex> = group.value.iter().map(|cpu| cpu.value).collect();
        let mut running: Vec<&Slot> = slots
            .iter()
            .filter(|slot| members.contains(&slot.cpu) && slot.subject.is_some())
            .collect();
        running.sort_by_key(|slot| (slot.start, slot.cpu));
        // Slots that may still run when the next one starts: at most one for each sibling.
        let mut open: Vec<&Slot> = Vec::new();
        for slot in running {
            open.retain(|earlier| earlier.end > slot.start && earlier.cpu != slot.cpu);
            for earlier in &open {
                report_siblings(context, group.span, earlier, slot, findings);
            }
            open.push(slot);
        }
    }
}

fn report_siblings(
    context: &Context<'_>,
    group: Span,
    a: &Slot,
    b: &Slot,
    findings: &mut Findings,
) {
    let (Some(one), Some(other)) = (a.subject, b.subject) else { return };
    let levels = |subject| context.policy.subject(subject).and_then(|subject| subject.levels());
    let (Some(first), Some(second)) = (levels(one), levels(other)) else { return };
    if first.value == second.value {
        return;
    }
    findings.push(
        Diagnostic::new(
            &SIBLINGS,
            a.span.max(b.span),
            format!(
                "{} and {} would run at the same time on processors {} and {}, which share a core",
                context.subject(one),
                context.subject(other),
                a.cpu.0.min(b.cpu.0),
                a.cpu.0.max(b.cpu.0)
            ),
        )
        .also(a.span.min(b.span), "at the same time")
        .also(group, "these share a core")
        .help(
            "schedule one level at a time on a core, or switch hyper-threading off in the firmware",
        ),
    );
}

fn sibling_groups(context: &Context<'_>, findings: &mut Findings) {
    let machine = &context.policy.machine;
    let mut seen: HashMap<CpuIndex, Span> = HashMap::new();
    for cpu in machine.siblings.iter().flat_map(|group| &group.value) {
        let absent = machine.cpus.is_some_and(|cpus| u64::from(cpu.value.0) >= cpus.value);
        let earlier = seen.insert(cpu.value, cpu.span);
        if absent || earlier.is_some() {
            let what = if absent { "is not in the machine" } else { "has siblings twice" };
            let mut finding = Diagnostic::new(
                &SIBLING_GROUPS,
                cpu.span,
                format!("processor {} {what}", cpu.value.0),
            )
            .help("list each processor in one group; `lscpu -e` shows which share a core");
            if let Some(earlier) = earlier {
                finding = finding.also(earlier, "the first time");
            }
            findings.push(finding);
        }
    }
}

fn strict_slack(context: &Context<'_>, findings: &mut Findings) {
    let system = &context.policy.system;
    if !system.is_strict() {
        return;
    }
    for (_, subject) in context.policy.subjects() {
        if let Some(taker) = subject.slack_to() {
            findings.push(
                Diagnostic::new(
                    &STRICT_SLACK,
                    taker.span,
                    format!(
                        "{} would give time to {}, but a strict policy burns it",
                        quote(&subject.name().value),
                        quote(&taker.name)
                    ),
                )
                .also(
                    system.strict.map_or(system.span, |strict| strict.span),
                    "the policy is strict",
                )
                .help("delete the line, or write `strict = false`"),
            );
        }
    }
}

fn slack_elsewhere(context: &Context<'_>, findings: &mut Findings) {
    for (_, giver) in context.policy.subjects() {
        let Some(reference) = giver.slack_to() else { continue };
        let Some(taker) = reference.target.and_then(|index| context.policy.subject(index)) else {
            continue;
        };
        let cpus: HashSet<CpuIndex> = giver.cpus().iter().map(|cpu| cpu.value).collect();
        if taker.cpus().iter().all(|cpu| !cpus.contains(&cpu.value)) {
            findings.push(
                Diagnostic::new(
                    &SLACK_ELSEWHERE,
                    reference.span,
                    format!(
                        "{} and {} share no processor, so no time can be given",
                        quote(&giver.name().value),
                        quote(&taker.name().value)
                    ),
                )
                .help("name a subject that runs on one of the giver's processors"),
            );
        }
    }
}
