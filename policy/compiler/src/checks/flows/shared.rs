//! Networks, disks and records: what several share.

use super::{forbidden, levels, with_levels};
use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    flow::Carrier,
    model::{Access, World},
};

/// A network of another level.
pub static NETWORK: Check = Check::error(
    "P080",
    "network-level",
    "A world on an outside network is of that network's level.",
    network,
);
/// A driver that joins.
pub static DRIVER: Check = Check::error(
    "P081",
    "driver-level",
    "The driver and the attester on an outside network handle that network's level.",
    driver,
);
/// A disk that several write.
pub static DISK: Check = Check::error(
    "P082",
    "shared-disk",
    "Worlds of different levels do not start from an image whose disk keeps what they write.",
    disk,
);
/// A log read too low.
pub static LOG: Check = Check::error(
    "P083",
    "log-level",
    "The reader of the log dominates each world that writes to it.",
    log,
);
/// Audit records read too low.
pub static AUDIT: Check = Check::error(
    "P084",
    "audit-level",
    "The reader of the audit ring dominates every subject, as records tell of all.",
    audit,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[&NETWORK, &DRIVER, &DISK, &LOG, &AUDIT];

fn network(context: &Context<'_>, findings: &mut Findings) {
    for world in &context.policy.worlds {
        let Some(level) = world.level else { continue };
        for usage in &world.networks {
            let network = usage
                .network
                .target
                .and_then(|index| context.policy.networks.get(index.position()));
            let Some((network, outside)) =
                network.and_then(|network| Some((network, network.level?)))
            else {
                continue;
            };
            if outside.value != level.value {
                let describe = |level| context.policy.lattice.describe(level);
                findings.push(
                    Diagnostic::new(
                        &NETWORK,
                        usage.network.span,
                        format!(
                            "world {} ({}) would send and receive on network {} ({})",
                            quote(&world.name.value),
                            describe(level.value),
                            quote(&network.name.value),
                            describe(outside.value)
                        ),
                    )
                    .also(outside.span, "the network's level")
                    .also(level.span, "the world's level")
                    .help("take the network from this world's `devices`, or use one of the world's own level"),
                );
            }
        }
    }
}

fn driver(context: &Context<'_>, findings: &mut Findings) {
    let policy = context.policy;
    let drivers = policy
        .networks
        .iter()
        .filter_map(|network| Some(("driver", network.driver.as_ref()?, network)));
    let attester = policy.attestation.iter().filter_map(|attestation| {
        let network = attestation.network.as_ref()?.target?;
        Some((
            "attester",
            attestation.component.as_ref()?,
            policy.networks.get(network.position())?,
        ))
    });
    for (what, reference, network) in drivers.chain(attester) {
        let handled = reference.target.and_then(|subject| levels(context, subject));
        let (Some(handled), Some(outside)) = (handled, network.level) else { continue };
        let fits = handled.high.dominates(outside.value) && outside.value.dominates(handled.low);
        if !fits {
            findings.push(
                Diagnostic::new(
                    &DRIVER,
                    reference.span,
                    format!(
                        "the {what} {} does not handle the level of network {} ({})",
                        context.subject(reference.target.unwrap_or_default()),
                        quote(&network.name.value),
                        policy.lattice.describe(outside.value)
                    ),
                )
                .also(outside.span, "the network's level")
                .help(format!("give the {what} the network's level, or a range that includes it")),
            );
        }
    }
}

fn disk(context: &Context<'_>, findings: &mut Findings) {
    let mut first: Vec<Option<&World>> = vec![None; context.policy.images.len()];
    for world in &context.policy.worlds {
        let Some(reference) = &world.image else { continue };
        let Some(index) = reference.target else { continue };
        let image = &context.policy.images[index.position()];
        let Some(access) = image.disk_access.filter(|access| access.value == Access::ReadWrite)
        else {
            continue;
        };
        let Some(earlier) = first[index.position()] else {
            first[index.position()] = Some(world);
            continue;
        };
        let (Some(here), Some(there)) = (world.level, earlier.level) else { continue };
        if here.value != there.value {
            findings.push(
                Diagnostic::new(
                    &DISK,
                    reference.span,
                    format!(
                        "worlds {} ({}) and {} ({}) would both write to the disk of image {}",
                        quote(&earlier.name.value),
                        context.policy.lattice.describe(there.value),
                        quote(&world.name.value),
                        context.policy.lattice.describe(here.value),
                        quote(&image.name.value)
                    ),
                )
                .also(access.span, "the disk keeps what is written")
                .help("write `access = \"fresh\"`, or give each world an image of its own"),
            );
        }
    }
}

fn log(context: &Context<'_>, findings: &mut Findings) {
    for edge in forbidden(context, |edge| edge.carrier == Carrier::Log) {
        let finding = Diagnostic::new(
            &LOG,
            edge.span,
            format!(
                "the log of {} would be read by {}",
                context.node(edge.from),
                context.node(edge.to)
            ),
        )
        .help(
            "choose a reader that dominates all who log, or take `log` from this world's `devices`",
        );
        findings.push(with_levels(
            context,
            finding,
            [(edge.from, "the writer"), (edge.to, "the reader")],
        ));
    }
}

fn audit(context: &Context<'_>, findings: &mut Findings) {
    let Some(reference) = &context.policy.audit else { return };
    let Some(reader) = reference.target else { return };
    let Some(read) = levels(context, reader) else { return };
    let above = context
        .policy
        .subjects()
        .filter_map(|(_, subject)| Some((subject, subject.levels()?)))
        .find(|(_, levels)| !read.high.dominates(levels.value.high));
    if let Some((subject, levels)) = above {
        findings.push(
            Diagnostic::new(
                &AUDIT,
                reference.span,
                format!(
                    "{} would read audit records about {} ({})",
                    context.subject(reader),
                    quote(&subject.name().value),
                    context.levels(levels.value)
                ),
            )
            .also(levels.span, "a level that the reader does not dominate")
            .help("choose a reader that dominates every subject"),
        );
    }
}
