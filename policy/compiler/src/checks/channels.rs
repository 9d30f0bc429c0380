//! Rules of channels and links as such.

use std::collections::HashMap;

use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    reader::show_size,
    source::{Located, Span},
};

/// A size that cannot be mapped.
pub static SIZE_POWER: Check = Check::error(
    "P120",
    "channel-size",
    "A channel's size is 4 KiB, doubled as often as needed.",
    size_power,
);
/// A size out of proportion.
pub static SIZE_LIMIT: Check =
    Check::error("P121", "channel-size-limit", "A channel is at most 1 GiB long.", size_limit);
/// One event twice.
pub static EVENT_TWICE: Check = Check::error(
    "P122",
    "event-twice",
    "No two channels raise an event of the same name at one reader.",
    event_twice,
);
/// An event without meaning.
pub static EVENT_OF_DROP: Check = Check::error(
    "P123",
    "file-drop-event",
    "A file drop has no event, as its tools look for themselves.",
    event_of_drop,
);
/// One channel twice.
pub static SAME_ENDS: Check = Check::warning(
    "P124",
    "same-ends",
    "No two channels of one kind have the same writer and reader.",
    same_ends,
);
/// A link with one end.
pub static LINK_ENDS: Check = Check::error(
    "P125",
    "link-ends",
    "A link has either at least two `worlds`, or one `from` and at least one `to`.",
    link_ends,
);
/// A link that is a network of its own.
pub static LINK_MEMBERS: Check = Check::error(
    "P126",
    "link-members",
    "A link has at most 16 worlds, as each pair has channels of its own and nothing is flooded.",
    link_members,
);
/// An address for something that has none.
pub static COMPONENT_ADDRESS: Check = Check::error(
    "P127",
    "component-address",
    "Only where a channel's end is a world has it a guest address there.",
    component_address,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &SIZE_POWER,
    &SIZE_LIMIT,
    &EVENT_TWICE,
    &EVENT_OF_DROP,
    &SAME_ENDS,
    &LINK_ENDS,
    &LINK_MEMBERS,
    &COMPONENT_ADDRESS,
];

const PAGE: u64 = 4096;
const LARGEST: u64 = 1 << 30;

/// Length of each of a link's channels, when the policy gives none.
pub const DEFAULT_LINK_SIZE: u64 = 256 << 10;

/// How many worlds a link may have.
const MOST_MEMBERS: usize = 16;

/// The sizes of everything that becomes a channel.
fn sizes<'a>(
    context: &'a Context<'_>,
) -> impl Iterator<Item = (&'static str, &'a str, Located<u64>)> {
    let policy = context.policy;
    let channels = policy.channels.iter().map(|it| ("channel", &it.name, it.size));
    let links = policy.links.iter().map(|it| ("link", &it.name, it.size));
    let guards = policy.guards.iter().map(|it| ("guard", &it.name, it.size));
    channels
        .chain(links)
        .chain(guards)
        .filter_map(|(what, name, size)| Some((what, name.value.as_str(), size?)))
}

fn size_power(context: &Context<'_>, findings: &mut Findings) {
    for (what, name, size) in sizes(context) {
        if size.value < PAGE || !size.value.is_power_of_two() {
            let near =
                size.value.max(PAGE).checked_next_power_of_two().unwrap_or(LARGEST).min(LARGEST);
            findings.push(
                Diagnostic::new(
                    &SIZE_POWER,
                    size.span,
                    format!("{what} {} cannot be {} long", quote(name), show_size(size.value)),
                )
                .help(format!("write `\"{}\"`, the next that can", show_size(near))),
            );
        }
    }
}

fn size_limit(context: &Context<'_>, findings: &mut Findings) {
    for (what, name, size) in sizes(context) {
        if size.value > LARGEST {
            findings.push(
                Diagnostic::new(
                    &SIZE_LIMIT,
                    size.span,
                    format!(
                        "{what} {} is {} long, the most is 1 GiB",
                        quote(name),
                        show_size(size.value)
                    ),
                )
                .help("write a smaller size; a ring carries any amount in time"),
            );
        }
    }
}

fn event_twice(context: &Context<'_>, findings: &mut Findings) {
    let mut first: HashMap<(Option<cloister_policy_format::SubjectIndex>, &str), Span> =
        HashMap::new();
    for channel in &context.policy.channels {
        let (Some(event), Some(to)) = (&channel.event, &channel.to) else { continue };
        if let Some(&earlier) = first.get(&(to.target, event.value.as_str())) {
            findings.push(
                Diagnostic::new(
                    &EVENT_TWICE,
                    event.span.max(earlier),
                    format!(
                        "two channels to {} raise event {}",
                        quote(&to.name),
                        quote(&event.value)
                    ),
                )
                .also(event.span.min(earlier), "the other")
                .help("give each event at a reader its own name"),
            );
        } else {
            first.insert((to.target, &event.value), event.span);
        }
    }
}

fn event_of_drop(context: &Context<'_>, findings: &mut Findings) {
    for channel in &context.policy.channels {
        let drop = channel.kind() == crate::model::SourceChannelKind::FileDrop;
        if let Some(event) = channel.event.as_ref().filter(|_| drop) {
            findings.push(
                Diagnostic::new(
                    &EVENT_OF_DROP,
                    event.span,
                    format!("file drop {} has an event", quote(&channel.name.value)),
                )
                .help("delete the line, or make the channel a `ring`"),
            );
        }
    }
}

fn same_ends(context: &Context<'_>, findings: &mut Findings) {
    let mut first = HashMap::new();
    for channel in &context.policy.channels {
        let (Some(from), Some(to)) = (&channel.from, &channel.to) else { continue };
        let (Some(writer), Some(reader)) = (from.target, to.target) else { continue };
        match first.entry((writer, reader, channel.kind() as u8)) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(&channel.name);
            }
            std::collections::hash_map::Entry::Occupied(entry) => {
                let earlier: &&Located<String> = entry.get();
                findings.push(
                    Diagnostic::new(
                        &SAME_ENDS,
                        channel.name.span,
                        format!(
                            "channels {} and {} have the same kind, writer and reader",
                            quote(&earlier.value),
                            quote(&channel.name.value)
                        ),
                    )
                    .also(earlier.span, "the other")
                    .help("one is enough, unless they are for different programs"),
                );
            }
        }
    }
}

fn link_ends(context: &Context<'_>, findings: &mut Findings) {
    for link in &context.policy.links {
        let two_way = !link.worlds.is_empty();
        let one_way = link.from.is_some() || !link.to.is_empty();
        let right = match (two_way, one_way) {
            (true, false) => link.worlds.len() >= 2,
            (false, true) => link.from.is_some() && !link.to.is_empty(),
            _ => false,
        };
        if !right {
            findings.push(
                Diagnostic::new(
                    &LINK_ENDS,
                    link.name.span,
                    format!("link {} does not say clearly whom it joins", quote(&link.name.value)),
                )
                .help("write `worlds` with two or more for a two-way link; `from` one world `to` others for a one-way link"),
            );
        }
    }
}

fn link_members(context: &Context<'_>, findings: &mut Findings) {
    for link in &context.policy.links {
        let members = link.worlds.len() + link.to.len() + usize::from(link.from.is_some());
        if members > MOST_MEMBERS {
            findings.push(
                Diagnostic::new(
                    &LINK_MEMBERS,
                    link.name.span,
                    format!("link {} joins {members} worlds", quote(&link.name.value)),
                )
                .help("join only worlds that talk to each other, in several smaller links"),
            );
        }
    }
}

fn component_address(context: &Context<'_>, findings: &mut Findings) {
    for channel in &context.policy.channels {
        for (address, end) in
            [(channel.from_address, &channel.from), (channel.to_address, &channel.to)]
        {
            let (Some(address), Some(end)) = (address, end) else { continue };
            if end.target.is_some_and(|it| it.position() >= context.policy.worlds.len()) {
                findings.push(
                    Diagnostic::new(
                        &COMPONENT_ADDRESS,
                        address.span,
                        format!("{} is a component and has no guest memory", quote(&end.name)),
                    )
                    .help("delete the line: the kernel chooses where a component sees a channel"),
                );
            }
        }
    }
}
