//! Rules of devices: one owner each, behind the IOMMU, and input and screen with the GUI.

use std::collections::HashMap;

use cloister_policy_format::{
    DeviceSelector, LegacyDevice, MsrAccess, Role, SubjectIndex, VirtualDevices,
};

use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    model::{Device, Subject, SubjectReference},
    source::Span,
};

/// A device that cannot be found.
pub static SELECTOR: Check = Check::error(
    "P160",
    "device-selector",
    "A device is found in one way: by class, by numbers, by its place, or as a legacy device.",
    selector,
);
/// A device of two.
pub static TWICE: Check =
    Check::error("P161", "device-twice", "A device is declared once and has one owner.", twice);
/// An interrupt that goes elsewhere.
pub static INTERRUPT_OWNER: Check = Check::error(
    "P162",
    "interrupt-owner",
    "A device's interrupt goes to the device's owner.",
    interrupt_owner,
);
/// An interrupt of two.
pub static INTERRUPT_SHARED: Check = Check::error(
    "P163",
    "interrupt-shared",
    "No two owners share an interrupt line.",
    interrupt_shared,
);
/// A group of two.
pub static GROUP_SPLIT: Check = Check::error(
    "P164",
    "iommu-group-split",
    "All devices of an IOMMU group have one owner, as the IOMMU cannot keep them apart.",
    group_split,
);
/// A device that writes anywhere.
pub static DMA: Check = Check::error(
    "P165",
    "dma-without-iommu",
    "A device that writes memory by itself needs a machine with an IOMMU.",
    dma,
);
/// A port of the kernel's.
pub static PORT: Check = Check::error(
    "P166",
    "port-allowed",
    "A component gets only I/O ports of devices, never of the machine's own controllers.",
    port,
);
/// A register of the kernel's.
pub static MSR: Check = Check::error(
    "P167",
    "msr-allowed",
    "A component gets only model-specific registers that tell or change nothing about others.",
    msr,
);
/// A port of two.
pub static PORT_OVERLAP: Check =
    Check::error("P168", "port-overlap", "No I/O port is given to two subjects.", port_overlap);
/// A legacy device's ports elsewhere.
pub static LEGACY: Check = Check::error(
    "P169",
    "legacy-conflict",
    "Only the owner of a legacy device gets its I/O ports.",
    legacy,
);
/// A keyboard that others hear.
pub static INPUT_OWNER: Check = Check::error(
    "P170",
    "input-owner",
    "Keyboard and other input devices belong to the GUI or to a driver, never to a world.",
    input_owner,
);
/// A screen of others.
pub static SCREEN_OWNER: Check =
    Check::error("P171", "screen-owner", "Graphics devices belong to the GUI.", screen_owner);
/// A GUI that is none.
pub static GUI_ROLE: Check = Check::error(
    "P172",
    "gui-role",
    "The display's GUI has role `gui` and is trusted, and no other component has that role.",
    gui_role,
);
/// A screen without a display.
pub static NO_DISPLAY: Check = Check::error(
    "P173",
    "display-missing",
    "Worlds have a console, display or input only if there is a `[display]`.",
    no_display,
);
/// Sound without a room.
pub static NO_AUDIO: Check = Check::error(
    "P174",
    "audio-missing",
    "Worlds have audio or a microphone only if there is an `[audio]`.",
    no_audio,
);
/// A log that nobody reads.
pub static NO_LOG: Check =
    Check::error("P175", "log-missing", "Worlds have a log only if there is a `[log]`.", no_log);
/// An attester that is none.
pub static ATTESTER: Check = Check::error(
    "P176",
    "attester-role",
    "The attester has role `attester` and is trusted.",
    attester,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &SELECTOR,
    &TWICE,
    &INTERRUPT_OWNER,
    &INTERRUPT_SHARED,
    &GROUP_SPLIT,
    &DMA,
    &PORT,
    &MSR,
    &PORT_OVERLAP,
    &LEGACY,
    &INPUT_OWNER,
    &SCREEN_OWNER,
    &GUI_ROLE,
    &NO_DISPLAY,
    &NO_AUDIO,
    &NO_LOG,
    &ATTESTER,
];

fn owner(device: &Device) -> Option<(SubjectIndex, &SubjectReference)> {
    let reference = device.owner.as_ref()?;
    Some((reference.target?, reference))
}

fn selector(context: &Context<'_>, findings: &mut Findings) {
    for device in &context.policy.devices {
        if device.selector_keys != 1 {
            let how = if device.selector_keys == 0 { "in no way" } else { "in several ways" };
            findings.push(
                Diagnostic::new(
                    &SELECTOR,
                    device.name.span,
                    format!("device {} is found {how}", quote(&device.name.value)),
                )
                .help("write exactly one of `class`, `vendor-device`, `address` and `legacy`"),
            );
        }
    }
}

fn twice(context: &Context<'_>, findings: &mut Findings) {
    let mut first: HashMap<DeviceSelector, (&Device, Span)> = HashMap::new();
    for device in &context.policy.devices {
        for selector in &device.selectors {
            if let Some((earlier, span)) = first.get(&selector.value) {
                findings.push(
                    Diagnostic::new(
                        &TWICE,
                        selector.span.max(*span),
                        format!(
                            "devices {} and {} are the same one",
                            quote(&earlier.name.value),
                            quote(&device.name.value)
                        ),
                    )
                    .also(selector.span.min(*span), "the other")
                    .help("delete one; where there are several of a kind, tell them apart by `address`"),
                );
            } else {
                first.insert(selector.value, (device, selector.span));
            }
        }
    }
}

fn interrupt_owner(context: &Context<'_>, findings: &mut Findings) {
    for device in &context.policy.devices {
        let interrupt = device.interrupt.as_ref().and_then(|it| it.value.owner.as_ref());
        let (Some(reference), Some((owner, owned))) = (interrupt, owner(device)) else { continue };
        if reference.target.is_some_and(|target| target != owner) {
            findings.push(
                Diagnostic::new(
                    &INTERRUPT_OWNER,
                    reference.span,
                    format!(
                        "the interrupt of device {} would go to {}, the device belongs to {}",
                        quote(&device.name.value),
                        quote(&reference.name),
                        quote(&owned.name)
                    ),
                )
                .also(owned.span, "the device's owner")
                .help("leave the interrupt's `owner` out: it is the device's"),
            );
        }
    }
}

fn interrupt_shared(context: &Context<'_>, findings: &mut Findings) {
    let mut lines: HashMap<u8, (SubjectIndex, Span)> = HashMap::new();
    for device in &context.policy.devices {
        let line = device.interrupt.as_ref().and_then(|it| it.value.line);
        let (Some(line), Some((owner, _))) = (line, owner(device)) else { continue };
        let (earlier, span) = *lines.entry(line.value).or_insert((owner, line.span));
        if earlier != owner {
            findings.push(
                Diagnostic::new(
                    &INTERRUPT_SHARED,
                    line.span.max(span),
                    format!(
                        "interrupt {} would go to {} and {}",
                        line.value,
                        context.subject(earlier),
                        context.subject(owner)
                    ),
                )
                .also(line.span.min(span), "the other device")
                .help("use message-signalled interrupts (leave `interrupt` out), or give both devices one owner"),
            );
        }
    }
}

fn group_split(context: &Context<'_>, findings: &mut Findings) {
    let mut groups: HashMap<u16, (SubjectIndex, Span)> = HashMap::new();
    for device in &context.policy.devices {
        let (Some(group), Some((owner, _))) = (device.iommu_group, owner(device)) else { continue };
        let (earlier, span) = *groups.entry(group.value).or_insert((owner, group.span));
        if earlier != owner {
            findings.push(
                Diagnostic::new(
                    &GROUP_SPLIT,
                    group.span.max(span),
                    format!(
                        "IOMMU group {} is split between {} and {}",
                        group.value,
                        context.subject(earlier),
                        context.subject(owner)
                    ),
                )
                .also(group.span.min(span), "the other device")
                .help("give all devices of the group one owner, or move one to another slot of the machine"),
            );
        }
    }
}

fn dma(context: &Context<'_>, findings: &mut Findings) {
    let policy = context.policy;
    let Some(iommu) = policy.machine.iommu.filter(|iommu| !iommu.value) else { return };
    if policy.system.allows_unsafe_dma() {
        return;
    }
    for device in policy.devices.iter().filter(|device| device.does_dma()) {
        findings.push(
            Diagnostic::new(
                &DMA,
                device.name.span,
                format!(
                    "device {} could write all memory, as the machine has no IOMMU",
                    quote(&device.name.value)
                ),
            )
            .also(iommu.span, "the machine has none")
            .help("use a machine with an IOMMU; `unsafe-dma = true` in `[system]` takes the risk, and says so on the screen"),
        );
    }
}

/// I/O ports that components may get: PC devices that components drive, and the range from which
/// firmware gives ports to PCI devices.
const PORTS: [(u16, u16); 10] = [
    (0x60, 0x60),
    (0x64, 0x64),
    (0x70, 0x71),
    (0x1ce, 0x1d0),
    (0x2e8, 0x2ef),
    (0x2f8, 0x2ff),
    (0x3b0, 0x3df),
    (0x3e8, 0x3ef),
    (0x3f8, 0x3ff),
    (0x1000, 0xffff),
];

/// Registers that components may read: time stamp counter, temperature, fixed capabilities.
const READABLE: [(u32, u32); 3] = [(0x10, 0x10), (0x19c, 0x19c), (0xce, 0xce)];

/// Registers that components may write: segment bases of their own.
const WRITABLE: [(u32, u32); 1] = [(0xc000_0100, 0xc000_0101)];

fn port(context: &Context<'_>, findings: &mut Findings) {
    for component in &context.policy.components {
        for range in &component.ports {
            let (first, last) = (range.value.first, range.value.last);
            if !PORTS.iter().any(|&(low, high)| low <= first && last <= high) {
                findings.push(
                    Diagnostic::new(
                        &PORT,
                        range.span,
                        format!(
                            "component {} cannot have I/O ports {first:#x} to {last:#x}",
                            quote(&component.name.value)
                        ),
                    )
                    .help("ask for ports of keyboard (0x60, 0x64), clock (0x70-0x71), serial lines, VGA, or PCI devices (from 0x1000 on), each range apart"),
                );
            }
        }
    }
}

fn msr(context: &Context<'_>, findings: &mut Findings) {
    for component in &context.policy.components {
        for range in &component.msrs {
            let allowed: &[(u32, u32)] = match range.value.access {
                MsrAccess::Read => &READABLE,
                MsrAccess::ReadWrite => &WRITABLE,
            };
            let (first, last) = (range.value.first, range.value.last);
            if !allowed.iter().any(|&(low, high)| low <= first && last <= high) {
                let verb = match range.value.access {
                    MsrAccess::Read => "read",
                    MsrAccess::ReadWrite => "write",
                };
                findings.push(
                    Diagnostic::new(
                        &MSR,
                        range.span,
                        format!(
                            "component {} cannot {verb} model-specific registers {first:#x} to {last:#x}",
                            quote(&component.name.value)
                        ),
                    )
                    .help("readable are 0x10, 0xce and 0x19c; writable are 0xc0000100 and 0xc0000101"),
                );
            }
        }
    }
}

fn port_overlap(context: &Context<'_>, findings: &mut Findings) {
    let mut ranges: Vec<_> = context
        .policy
        .components
        .iter()
        .flat_map(|component| component.ports.iter().map(move |range| (range, component)))
        .collect();
    ranges.sort_by_key(|(range, _)| (range.value.first, range.span));
    let mut furthest: Option<(u16, &crate::model::Component, Span)> = None;
    for (range, component) in ranges {
        if let Some((_, other, span)) = furthest.filter(|(last, ..)| range.value.first <= *last)
            && other.name.value != component.name.value
        {
            findings.push(
                Diagnostic::new(
                    &PORT_OVERLAP,
                    range.span.max(span),
                    format!(
                        "I/O port {:#x} is given to {} and {}",
                        range.value.first,
                        quote(&other.name.value),
                        quote(&component.name.value)
                    ),
                )
                .also(range.span.min(span), "the other")
                .help("give each port to one component"),
            );
        }
        if furthest.is_none_or(|(last, ..)| range.value.last > last) {
            furthest = Some((range.value.last, component, range.span));
        }
    }
}

fn legacy(context: &Context<'_>, findings: &mut Findings) {
    let worlds = context.policy.worlds.len();
    let mut owners: Vec<(LegacyDevice, SubjectIndex, &SubjectReference)> = Vec::new();
    for device in &context.policy.devices {
        let Some((owner, reference)) = owner(device) else { continue };
        owners.extend(device.selectors.iter().filter_map(|selector| match selector.value {
            DeviceSelector::Legacy(legacy) => Some((legacy, owner, reference)),
            _ => None,
        }));
    }
    // A legacy device that is declared twice is reported as such; four kinds are all there are.
    owners.sort_by_key(|(legacy, owner, _)| (*legacy, *owner));
    owners.dedup_by_key(|(legacy, ..)| *legacy);
    for (position, component) in context.policy.components.iter().enumerate() {
        let index = SubjectIndex((worlds + position) as u32);
        for range in &component.ports {
            for (legacy, owner, reference) in owners.iter().filter(|(_, owner, _)| *owner != index)
            {
                let (first, last) = legacy.ports();
                if range.value.first <= last && first <= range.value.last {
                    findings.push(
                        Diagnostic::new(
                            &LEGACY,
                            range.span,
                            format!(
                                "component {} would have ports of a device that belongs to {}",
                                quote(&component.name.value),
                                context.subject(*owner)
                            ),
                        )
                        .also(reference.span, "the device's owner")
                        .help("take the ports away: the owner of a legacy device gets them by owning it"),
                    );
                }
            }
        }
    }
}

/// Whether the subject is a component of one of the roles.
fn has_role(context: &Context<'_>, subject: SubjectIndex, roles: &[Role]) -> bool {
    matches!(context.policy.subject(subject),
        Some(Subject::Component(component)) if roles.contains(&component.role()))
}

fn input_owner(context: &Context<'_>, findings: &mut Findings) {
    for device in &context.policy.devices {
        let input = device.selectors.iter().any(|selector| {
            matches!(
                selector.value,
                DeviceSelector::Legacy(LegacyDevice::KeyboardController)
                    | DeviceSelector::Class { base: 0x09, .. }
            )
        });
        let Some((owner, reference)) = owner(device).filter(|_| input) else { continue };
        if !has_role(context, owner, &[Role::Gui, Role::Driver]) {
            findings.push(
                Diagnostic::new(
                    &INPUT_OWNER,
                    reference.span,
                    format!(
                        "{} would own input device {} and see all that is typed",
                        context.subject(owner),
                        quote(&device.name.value)
                    ),
                )
                .help("give the device to the GUI; worlds get `input` in their `devices`, while they have the focus"),
            );
        }
    }
}

fn screen_owner(context: &Context<'_>, findings: &mut Findings) {
    for device in &context.policy.devices {
        let screen = device.selectors.iter().any(|selector| {
            matches!(
                selector.value,
                DeviceSelector::Legacy(LegacyDevice::Vga)
                    | DeviceSelector::Class { base: 0x03, .. }
            )
        });
        let Some((owner, reference)) = owner(device).filter(|_| screen) else { continue };
        if !has_role(context, owner, &[Role::Gui]) {
            findings.push(
                Diagnostic::new(
                    &SCREEN_OWNER,
                    reference.span,
                    format!(
                        "{} would own graphics device {} and could draw over every label",
                        context.subject(owner),
                        quote(&device.name.value)
                    ),
                )
                .help("give the device to the GUI; worlds get `display` in their `devices`"),
            );
        }
    }
}

fn gui_role(context: &Context<'_>, findings: &mut Findings) {
    let display = context.policy.display.as_ref();
    let reference = display.and_then(|display| display.gui.as_ref());
    let gui = reference.and_then(|reference| reference.target);
    if let (Some(reference), Some(Subject::Component(component))) =
        (reference, gui.and_then(|gui| context.policy.subject(gui)))
        && (component.role() != Role::Gui || !component.is_trusted())
    {
        findings.push(
            Diagnostic::new(
                &GUI_ROLE,
                reference.span,
                format!("component {} is not a trusted GUI", quote(&component.name.value)),
            )
            .also(component.name.span, "declared here")
            .help("write `role = \"gui\"` and `trusted = true` there, or name the component that has them"),
        );
    }
    for (index, subject) in context.policy.subjects() {
        let Subject::Component(component) = subject else { continue };
        let Some(role) = component.role.filter(|role| role.value == Role::Gui) else { continue };
        if Some(index) != gui {
            findings.push(
                Diagnostic::new(
                    &GUI_ROLE,
                    role.span,
                    format!("component {} is not the display's GUI", quote(&component.name.value)),
                )
                .help("give it another role, or name it in `gui` of `[display]`: there is one screen and one GUI"),
            );
        }
    }
}

fn without_section(
    context: &Context<'_>,
    findings: &mut Findings,
    check: &'static Check,
    devices: &[VirtualDevices],
    section: &str,
) {
    for world in &context.policy.worlds {
        let given = devices.iter().find_map(|device| world.device(*device));
        if let Some(span) = given {
            findings.push(
                Diagnostic::new(
                    check,
                    span,
                    format!(
                        "world {} has {}, but the policy has no `[{section}]`",
                        quote(&world.name.value),
                        quote(context.source.slice(span).trim_matches(['"', '\'']))
                    ),
                )
                .help(format!("add a `[{section}]`, or take this from the world's `devices`")),
            );
        }
    }
}

fn no_display(context: &Context<'_>, findings: &mut Findings) {
    if context.policy.display.is_none() {
        let devices = [VirtualDevices::CONSOLE, VirtualDevices::DISPLAY, VirtualDevices::INPUT];
        without_section(context, findings, &NO_DISPLAY, &devices, "display");
    }
}

fn no_audio(context: &Context<'_>, findings: &mut Findings) {
    if !context.policy.has_audio {
        let devices = [VirtualDevices::AUDIO, VirtualDevices::MICROPHONE];
        without_section(context, findings, &NO_AUDIO, &devices, "audio");
    }
}

fn no_log(context: &Context<'_>, findings: &mut Findings) {
    if context.policy.log.is_none() {
        without_section(context, findings, &NO_LOG, &[VirtualDevices::LOG], "log");
    }
}

fn attester(context: &Context<'_>, findings: &mut Findings) {
    let attestation = context.policy.attestation.as_ref();
    let Some(reference) = attestation.and_then(|attestation| attestation.component.as_ref()) else {
        return;
    };
    let Some(Subject::Component(component)) =
        reference.target.and_then(|index| context.policy.subject(index))
    else {
        return;
    };
    if component.role() != Role::Attester || !component.is_trusted() {
        findings.push(
            Diagnostic::new(
                &ATTESTER,
                reference.span,
                format!("component {} is not a trusted attester", quote(&component.name.value)),
            )
            .also(component.name.span, "declared here")
            .help("write `role = \"attester\"` and `trusted = true` there"),
        );
    }
}
