//! Rules of use: things are named where they belong, once, and nothing is declared in vain.

use std::collections::{HashMap, HashSet};

use cloister_policy_format::SubjectIndex;

use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    model::{Policy, Subject, SubjectReference},
    source::Span,
};

/// A component where only a world can be.
pub static NOT_A_WORLD: Check = Check::error(
    "P038",
    "not-a-world",
    "Links, clipboard rules and file drops are between worlds.",
    not_a_world,
);
/// A world where only a component can be.
pub static NOT_A_COMPONENT: Check = Check::error(
    "P039",
    "not-a-component",
    "GUI, guards' filters, network drivers, attester, reader of audit records and handover are components.",
    not_a_component,
);
/// A list with the same thing twice.
pub static LISTED_TWICE: Check = Check::error(
    "P040",
    "listed-twice",
    "No list names the same world, processor, device, port or command twice.",
    listed_twice,
);
/// An image that nothing starts from.
pub static UNUSED_IMAGE: Check =
    Check::warning("P041", "unused-image", "Every image is used by a world.", unused_image);
/// A network that nothing uses.
pub static UNUSED_NETWORK: Check = Check::warning(
    "P042",
    "unused-network",
    "Every outside network is used by a world or the attester.",
    unused_network,
);
/// A level that nothing has.
pub static UNUSED_LEVEL: Check = Check::warning(
    "P043",
    "unused-level",
    "Every classification and compartment of the lattice is used.",
    unused_level,
);
/// A policy for nothing.
pub static NO_WORLD: Check =
    Check::error("P044", "no-world", "A policy has at least one world.", no_world);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &NOT_A_WORLD,
    &NOT_A_COMPONENT,
    &LISTED_TWICE,
    &UNUSED_IMAGE,
    &UNUSED_NETWORK,
    &UNUSED_LEVEL,
    &NO_WORLD,
];

fn is_world(policy: &Policy, subject: SubjectIndex) -> bool {
    subject.position() < policy.worlds.len()
}

fn not_a_world(context: &Context<'_>, findings: &mut Findings) {
    let policy = context.policy;
    let links = policy
        .links
        .iter()
        .flat_map(|link| link.worlds.iter().chain(&link.from).chain(&link.to))
        .map(|reference| ("a link", reference));
    let clipboard = policy
        .clipboard
        .iter()
        .flat_map(|rule| rule.from.iter().chain(&rule.to))
        .map(|reference| ("a clipboard rule", reference));
    let drops = policy
        .channels
        .iter()
        .filter(|channel| channel.kind() == crate::model::SourceChannelKind::FileDrop)
        .flat_map(|channel| channel.from.iter().chain(&channel.to))
        .map(|reference| ("a file drop", reference));
    for (what, reference) in links.chain(clipboard).chain(drops) {
        if reference.target.is_some_and(|subject| !is_world(policy, subject)) {
            findings.push(
                Diagnostic::new(
                    &NOT_A_WORLD,
                    reference.span,
                    format!("{} is a component, but {what} joins worlds", quote(&reference.name)),
                )
                .help("name a world here; join components by a `[channel]` of kind `ring`"),
            );
        }
    }
}

fn not_a_component(context: &Context<'_>, findings: &mut Findings) {
    let policy = context.policy;
    let mut places: Vec<(&str, &SubjectReference)> = Vec::new();
    places.extend(policy.display.iter().filter_map(|it| it.gui.as_ref()).map(|it| ("the GUI", it)));
    places.extend(
        policy
            .guards
            .iter()
            .filter_map(|it| it.component.as_ref())
            .map(|it| ("a guard's filter", it)),
    );
    places.extend(
        policy
            .networks
            .iter()
            .filter_map(|it| it.driver.as_ref())
            .map(|it| ("a network's driver", it)),
    );
    places.extend(policy.audit.as_ref().map(|it| ("the reader of audit records", it)));
    places.extend(
        policy
            .attestation
            .iter()
            .filter_map(|it| it.component.as_ref())
            .map(|it| ("the attester", it)),
    );
    places.extend(
        policy
            .components
            .iter()
            .filter_map(|it| it.handover_to.as_ref())
            .map(|it| ("who is handed time to", it)),
    );
    for (what, reference) in places {
        if reference.target.is_some_and(|subject| is_world(policy, subject)) {
            findings.push(
                Diagnostic::new(
                    &NOT_A_COMPONENT,
                    reference.span,
                    format!(
                        "{} is a world, but {what} must be a component",
                        quote(&reference.name)
                    ),
                )
                .help("name a component here"),
            );
        }
    }
}

fn listed_twice(context: &Context<'_>, findings: &mut Findings) {
    let policy = context.policy;
    let mut lists: Vec<Vec<(String, Span)>> = Vec::new();
    let names = |list: &[SubjectReference]| {
        list.iter().map(|it| (it.name.clone(), it.span)).collect::<Vec<_>>()
    };
    for link in &policy.links {
        let all: Vec<_> = link.worlds.iter().chain(&link.from).chain(&link.to).cloned().collect();
        lists.push(names(&all));
    }
    for rule in &policy.clipboard {
        lists.push(names(&rule.from));
        lists.push(names(&rule.to));
    }
    for (_, subject) in policy.subjects() {
        lists.push(subject.cpus().iter().map(|cpu| (cpu.value.0.to_string(), cpu.span)).collect());
        if let Subject::Component(component) = subject {
            let ports = component.ports.iter().map(|range| range.span);
            let msrs = component.msrs.iter().map(|range| range.span);
            for control in &component.controls {
                let words = control.commands.iter().map(|it| it.span);
                lists.push(words.map(|it| unquoted(context, it)).collect());
            }
            lists.push(
                ports
                    .chain(msrs)
                    .map(|span| (context.source.slice(span).to_owned(), span))
                    .collect(),
            );
        }
        if let Subject::World(world) = subject {
            let devices = world.devices.iter().map(|device| device.span);
            let networks = world.networks.iter().map(|usage| usage.network.span);
            lists.push(devices.chain(networks).map(|span| unquoted(context, span)).collect());
        }
    }
    for list in lists {
        let mut first = HashMap::new();
        for (name, span) in list {
            if let Some(earlier) = first.insert(name.clone(), span) {
                findings.push(
                    Diagnostic::new(
                        &LISTED_TWICE,
                        span.max(earlier),
                        format!("{} is listed twice", quote(&name)),
                    )
                    .label("the second time")
                    .also(span.min(earlier), "the first time")
                    .help("delete one of the two"),
                );
            }
        }
    }
}

/// What is written at a place, without its quotation marks.
fn unquoted(context: &Context<'_>, span: Span) -> (String, Span) {
    (context.source.slice(span).trim_matches(['"', '\'']).to_owned(), span)
}

fn unused_image(context: &Context<'_>, findings: &mut Findings) {
    let used: HashSet<usize> = context
        .policy
        .worlds
        .iter()
        .filter_map(|world| Some(world.image.as_ref()?.target?.position()))
        .collect();
    for (position, image) in context.policy.images.iter().enumerate() {
        if !used.contains(&position) {
            findings.push(
                Diagnostic::new(
                    &UNUSED_IMAGE,
                    image.name.span,
                    format!("no world starts from image {}", quote(&image.name.value)),
                )
                .help("delete it, or name it in a world's `image`"),
            );
        }
    }
}

fn unused_network(context: &Context<'_>, findings: &mut Findings) {
    let policy = context.policy;
    let worlds = policy.worlds.iter().flat_map(|world| &world.networks).map(|usage| &usage.network);
    let attester = policy.attestation.iter().filter_map(|attestation| attestation.network.as_ref());
    let used: HashSet<usize> =
        worlds.chain(attester).filter_map(|network| Some(network.target?.position())).collect();
    for (position, network) in policy.networks.iter().enumerate() {
        if !used.contains(&position) {
            let name = &network.name.value;
            findings.push(
                Diagnostic::new(
                    &UNUSED_NETWORK,
                    network.name.span,
                    format!("nobody uses outside network {}", quote(name)),
                )
                .help(format!("delete it, or add `\"network:{name}\"` to a world's `devices`")),
            );
        }
    }
}

fn unused_level(context: &Context<'_>, findings: &mut Findings) {
    let policy = context.policy;
    let ranges = policy.subjects().filter_map(|(_, subject)| subject.levels());
    let mut levels: Vec<_> = ranges.flat_map(|range| [range.value.low, range.value.high]).collect();
    levels.extend(
        policy.networks.iter().filter_map(|network| network.level).map(|level| level.value),
    );
    levels.extend(policy.audio.map(|level| level.value));
    levels.extend(
        policy.display.iter().filter_map(|display| display.highest).map(|level| level.value),
    );
    let classifications: HashSet<usize> =
        levels.iter().map(|level| level.classification.position()).collect();
    let compartments = levels.iter().fold(0, |set, level| set | level.compartments.0);
    for (position, name) in policy.lattice.classifications.iter().enumerate() {
        if !classifications.contains(&position) {
            findings.push(
                Diagnostic::new(
                    &UNUSED_LEVEL,
                    name.span,
                    format!("nothing is of level {}", quote(&name.value)),
                )
                .help("delete it from the lattice, unless it is meant for later"),
            );
        }
    }
    for (bit, name) in policy.lattice.compartments.iter().enumerate().take(64) {
        if compartments & (1 << bit) == 0 {
            findings.push(
                Diagnostic::new(
                    &UNUSED_LEVEL,
                    name.span,
                    format!("nothing is in compartment {}", quote(&name.value)),
                )
                .help("delete it from the lattice, unless it is meant for later"),
            );
        }
    }
}

fn no_world(context: &Context<'_>, findings: &mut Findings) {
    if context.policy.worlds.is_empty() {
        findings.push(
            Diagnostic::new(&NO_WORLD, context.policy.system.span, "the policy has no world")
                .help("add a `[world.NAME]`; `cloister-policy init` writes one to start from"),
        );
    }
}
