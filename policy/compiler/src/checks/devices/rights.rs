//! I/O ports and model-specific registers.

use cloister_policy_format::{DeviceSelector, LegacyDevice, MsrAccess, SubjectIndex};

use super::owner;
use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    model::{Component, SubjectReference},
    source::Span,
};

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

/// The rules of this file.
pub static CHECKS: &[&Check] = &[&PORT, &MSR, &PORT_OVERLAP, &LEGACY];

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
    let mut furthest: Option<(u16, &Component, Span)> = None;
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
