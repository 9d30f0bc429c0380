//! Rules of the schedule: it adds up, and everyone runs where and as often as declared.

use std::collections::{BTreeMap, HashSet};

use cloister_policy_format::{CpuIndex, SubjectIndex, VirtualDevices};

use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    model::Subject,
    occupancy::{DEFAULT_SWITCH_COST, longest_waits, slots},
    reader::show_duration,
};

/// A subject that never runs.
pub static NEVER: Check =
    Check::error("P140", "never-scheduled", "Every world and component is in the schedule.", never);
/// A slot on a processor that the subject does not name.
pub static OTHER_CPU: Check = Check::error(
    "P141",
    "other-cpu",
    "A subject is scheduled only on the processors that its `cpus` names.",
    other_cpu,
);
/// A processor without a slot.
pub static NO_SLOT: Check = Check::error(
    "P142",
    "cpu-without-slot",
    "A subject is scheduled on each processor that its `cpus` names.",
    no_slot,
);
/// Slots that do not fill the cycle.
pub static FRAME_SUM: Check = Check::error(
    "P143",
    "frame-sum",
    "The slots of each processor add up to the major frame.",
    frame_sum,
);
/// A processor that does nothing.
pub static EMPTY_PLAN: Check = Check::error(
    "P144",
    "empty-plan",
    "Every processor in the schedule has at least one slot.",
    empty_plan,
);
/// A cycle too short or too long.
pub static MAJOR_FRAME: Check =
    Check::error("P145", "major-frame", "The major frame is between 1 ms and 1 s.", major_frame);
/// A slot that is all switching.
pub static SHORT_SLOT: Check = Check::error(
    "P146",
    "short-slot",
    "A slot is at least five times as long as a switch between subjects.",
    short_slot,
);
/// A component that lets others wait.
pub static TOO_SELDOM: Check = Check::error(
    "P147",
    "too-seldom",
    "A component runs as often as its `runs-every` says.",
    too_seldom,
);
/// A key that shows its effect late.
pub static INPUT_TO_SCREEN: Check = Check::error(
    "P148",
    "input-to-screen",
    "In every world, what a key changes is on screen within the display's `input-to-screen`.",
    input_to_screen,
);
/// A subject without a processor.
pub static NO_CPU: Check = Check::error(
    "P149",
    "no-cpu",
    "Every world and component names at least one processor.",
    no_cpu,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &NEVER,
    &OTHER_CPU,
    &NO_SLOT,
    &FRAME_SUM,
    &EMPTY_PLAN,
    &MAJOR_FRAME,
    &SHORT_SLOT,
    &TOO_SELDOM,
    &INPUT_TO_SCREEN,
    &NO_CPU,
];

const MILLISECOND: u64 = 1_000_000;

/// Where each subject has slots.
fn scheduled(context: &Context<'_>) -> HashSet<(SubjectIndex, CpuIndex)> {
    let plans = context.policy.schedule.plans.iter();
    plans
        .flat_map(|(cpu, frames)| {
            frames.iter().filter_map(|frame| Some((frame.subject.as_ref()?.target?, cpu.value)))
        })
        .collect()
}

fn never(context: &Context<'_>, findings: &mut Findings) {
    let scheduled: HashSet<SubjectIndex> =
        scheduled(context).into_iter().map(|(subject, _)| subject).collect();
    for (index, subject) in context.policy.subjects() {
        let name = &subject.name().value;
        // A component with a world's name cannot be named in the schedule, which is its own error.
        if !scheduled.contains(&index) && context.policy.subject_named(name) == Some(index) {
            findings.push(
                Diagnostic::new(
                    &NEVER,
                    subject.name().span,
                    format!("{} never runs: the schedule has no slot for it", quote(name)),
                )
                .also(context.policy.schedule.span, "the schedule")
                .help(format!(
                    "add `{{ subject = \"{name}\", time = \"…\" }}` to each processor in its `cpus`"
                )),
            );
        }
    }
}

fn other_cpu(context: &Context<'_>, findings: &mut Findings) {
    for (cpu, frames) in &context.policy.schedule.plans {
        for frame in frames {
            let Some(reference) = &frame.subject else { continue };
            let subject = reference.target.and_then(|index| context.policy.subject(index));
            let Some(subject) = subject.filter(|subject| !subject.cpus().is_empty()) else {
                continue;
            };
            if subject.cpus().iter().all(|named| named.value != cpu.value) {
                findings.push(
                    Diagnostic::new(
                        &OTHER_CPU,
                        reference.span,
                        format!(
                            "{} has a slot on processor {}, which its `cpus` does not name",
                            quote(&reference.name),
                            cpu.value.0
                        ),
                    )
                    .also(subject.name().span, "declared here")
                    .help(format!(
                        "add {} to its `cpus`, or give the slot to another",
                        cpu.value.0
                    )),
                );
            }
        }
    }
}

fn no_slot(context: &Context<'_>, findings: &mut Findings) {
    let scheduled = scheduled(context);
    let anywhere: HashSet<SubjectIndex> = scheduled.iter().map(|(subject, _)| *subject).collect();
    for (index, subject) in context.policy.subjects().filter(|(index, _)| anywhere.contains(index))
    {
        for cpu in subject.cpus() {
            if !scheduled.contains(&(index, cpu.value)) {
                findings.push(
                    Diagnostic::new(
                        &NO_SLOT,
                        cpu.span,
                        format!(
                            "{} names processor {} and has no slot there",
                            quote(&subject.name().value),
                            cpu.value.0
                        ),
                    )
                    .help("take the processor from its `cpus`, or give it a slot there"),
                );
            }
        }
    }
}

fn frame_sum(context: &Context<'_>, findings: &mut Findings) {
    let Some(major) = context.policy.schedule.major_frame else { return };
    for (cpu, frames) in &context.policy.schedule.plans {
        let times: Option<Vec<u64>> = frames.iter().map(|frame| Some(frame.time?.value)).collect();
        let Some(times) = times.filter(|times| !times.is_empty()) else { continue };
        let sum = times.iter().fold(0u64, |sum, time| sum.saturating_add(*time));
        if sum != major.value {
            let fix = if sum < major.value {
                format!(
                    "add {} more, or a slot without `subject` that idles",
                    show_duration(major.value - sum)
                )
            } else {
                format!("take {} away", show_duration(sum - major.value))
            };
            findings.push(
                Diagnostic::new(
                    &FRAME_SUM,
                    cpu.span,
                    format!(
                        "the slots of processor {} add up to {}, the major frame is {}",
                        cpu.value.0,
                        show_duration(sum),
                        show_duration(major.value)
                    ),
                )
                .also(major.span, "the major frame")
                .help(fix),
            );
        }
    }
}

fn empty_plan(context: &Context<'_>, findings: &mut Findings) {
    for (cpu, frames) in &context.policy.schedule.plans {
        if frames.is_empty() {
            findings.push(
                Diagnostic::new(
                    &EMPTY_PLAN,
                    cpu.span,
                    format!("processor {} has no slots", cpu.value.0),
                )
                .help("give it slots, or delete the line"),
            );
        }
    }
}

fn major_frame(context: &Context<'_>, findings: &mut Findings) {
    let Some(major) = context.policy.schedule.major_frame else { return };
    if !(MILLISECOND..=1_000 * MILLISECOND).contains(&major.value) {
        findings.push(
            Diagnostic::new(
                &MAJOR_FRAME,
                major.span,
                format!("a major frame of {} is not sensible", show_duration(major.value)),
            )
            .help("write a time from `\"1 ms\"` to `\"1 s\"`; 10 to 50 ms suit a workstation"),
        );
    }
}

fn short_slot(context: &Context<'_>, findings: &mut Findings) {
    let cost = context.policy.machine.switch_cost;
    let least = cost.map_or(DEFAULT_SWITCH_COST, |cost| cost.value).saturating_mul(5);
    for frame in context.policy.schedule.plans.iter().flat_map(|(_, frames)| frames) {
        if let Some(time) = frame.time.filter(|time| time.value < least) {
            let mut finding = Diagnostic::new(
                &SHORT_SLOT,
                time.span,
                format!(
                    "a slot of {} is mostly switching, which takes {}",
                    show_duration(time.value),
                    show_duration(least / 5)
                ),
            )
            .help(format!("write at least `\"{}\"`", show_duration(least)));
            if let Some(cost) = cost {
                finding = finding.also(cost.span, "the time that a switch takes");
            }
            findings.push(finding);
        }
    }
}

/// For each subject, the longest wait on the processor where it waits least.
fn waits(context: &Context<'_>) -> BTreeMap<SubjectIndex, u64> {
    let Some(major) = context.policy.schedule.major_frame else { return BTreeMap::new() };
    let mut least: BTreeMap<SubjectIndex, u64> = BTreeMap::new();
    for ((subject, _), wait) in longest_waits(&slots(context.policy), major.value) {
        let known = least.entry(subject).or_insert(wait);
        *known = wait.min(*known);
    }
    least
}

fn too_seldom(context: &Context<'_>, findings: &mut Findings) {
    let waits = waits(context);
    for (index, subject) in context.policy.subjects() {
        let Subject::Component(component) = subject else { continue };
        let (Some(every), Some(&wait)) = (component.runs_every, waits.get(&index)) else {
            continue;
        };
        if wait > every.value {
            findings.push(
                Diagnostic::new(
                    &TOO_SELDOM,
                    every.span,
                    format!(
                        "others wait up to {} for {}, not {}",
                        show_duration(wait),
                        quote(&component.name.value),
                        show_duration(every.value)
                    ),
                )
                .also(context.policy.schedule.span, "the schedule")
                .help("give it more slots, spread over the major frame"),
            );
        }
    }
}

fn input_to_screen(context: &Context<'_>, findings: &mut Findings) {
    let Some(display) = &context.policy.display else { return };
    let Some(bound) = display.input_to_screen else { return };
    let waits = waits(context);
    let gui = display.gui.as_ref().and_then(|gui| waits.get(&gui.target?));
    let Some(&gui) = gui else { return };
    for (index, subject) in context.policy.subjects() {
        let Subject::World(world) = subject else { continue };
        let seen = world.device(VirtualDevices::DISPLAY).or(world.device(VirtualDevices::CONSOLE));
        if seen.is_none() || world.device(VirtualDevices::INPUT).is_none() {
            continue;
        }
        let Some(&wait) = waits.get(&index) else { continue };
        // The key waits for the GUI, the event for the world, the picture for the GUI again.
        let longest = gui.saturating_mul(2).saturating_add(wait);
        if longest > bound.value {
            findings.push(
                Diagnostic::new(
                    &INPUT_TO_SCREEN,
                    bound.span,
                    format!(
                        "in world {} a key can take {} to show, not {}",
                        quote(&world.name.value),
                        show_duration(longest),
                        show_duration(bound.value)
                    ),
                )
                .also(world.name.span, format!("waits up to {}", show_duration(wait)))
                .help("give GUI and world more, shorter slots, or allow more time"),
            );
        }
    }
}

fn no_cpu(context: &Context<'_>, findings: &mut Findings) {
    for (_, subject) in context.policy.subjects() {
        let list = match subject {
            Subject::World(world) => world.cpus_span,
            Subject::Component(component) => component.cpus_span,
        };
        if let Some(span) = list.filter(|_| subject.cpus().is_empty()) {
            findings.push(
                Diagnostic::new(
                    &NO_CPU,
                    span,
                    format!("{} has no processor", quote(&subject.name().value)),
                )
                .help("list at least one, as in `cpus = [0]`"),
            );
        }
    }
}
