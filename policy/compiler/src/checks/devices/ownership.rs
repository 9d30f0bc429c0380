//! A device has one owner, who alone gets its interrupt, its group and its memory.

use std::collections::HashMap;

use cloister_policy_format::{DeviceSelector, SubjectIndex};

use super::owner;
use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    model::Device,
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

/// The rules of this file.
pub static CHECKS: &[&Check] =
    &[&SELECTOR, &TWICE, &INTERRUPT_OWNER, &INTERRUPT_SHARED, &GROUP_SPLIT, &DMA];

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
