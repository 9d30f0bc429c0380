//! Channels, links and the clipboard: what was made for data.

use cloister_policy_format::Level;

use super::{forbidden, levels, with_levels};
use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    flow::{Carrier, Edge},
    model::{LevelRange, SourceChannelKind, SubjectReference},
};

/// A channel that leads down.
pub static CHANNEL: Check =
    Check::error("P070", "channel-down", "The reader of a channel dominates its writer.", channel);
/// A file drop that leads down.
pub static FILE_DROP: Check = Check::error(
    "P071",
    "file-drop-down",
    "The receiver of a file drop dominates its sender.",
    file_drop,
);
/// A two-way channel between unequals.
pub static DIALOGUE: Check = Check::error(
    "P072",
    "dialogue-unequal",
    "A two-way channel is between subjects of one level.",
    dialogue,
);
/// A two-way link between unequals.
pub static LINK: Check =
    Check::error("P073", "link-unequal", "The worlds of a two-way link are of one level.", link);
/// A one-way link that leads down.
pub static LINK_DOWN: Check = Check::error(
    "P074",
    "link-down",
    "Each receiver of a one-way link dominates its sender.",
    link_down,
);
/// A clipboard that leads down.
pub static CLIPBOARD: Check = Check::error(
    "P075",
    "clipboard-down",
    "Each world that may paste dominates each world that the text may come from.",
    clipboard,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[&CHANNEL, &FILE_DROP, &DIALOGUE, &LINK, &LINK_DOWN, &CLIPBOARD];

type Placed<'a> = (&'a SubjectReference, LevelRange);

fn channel(context: &Context<'_>, findings: &mut Findings) {
    one_way(context, findings, &CHANNEL, SourceChannelKind::Ring, "channel");
}

fn file_drop(context: &Context<'_>, findings: &mut Findings) {
    one_way(context, findings, &FILE_DROP, SourceChannelKind::FileDrop, "file drop");
}

fn dialogue(context: &Context<'_>, findings: &mut Findings) {
    for edge in
        forbidden(context, |edge| channel_of_kind(context, edge, SourceChannelKind::Dialogue))
    {
        let Carrier::Channel(position) = edge.carrier else { continue };
        let name = &context.policy.channels[position as usize].name.value;
        let finding = Diagnostic::new(
            &DIALOGUE,
            edge.span,
            format!(
                "channel {} goes both ways, but {} must not tell {} anything",
                quote(name),
                context.node(edge.from),
                context.node(edge.to)
            ),
        )
        .help("make it one-way up (`kind = \"ring\"`), or give both ends one level");
        findings.push(with_levels(
            context,
            finding,
            [(edge.from, "one end"), (edge.to, "the other end")],
        ));
    }
}

fn link(context: &Context<'_>, findings: &mut Findings) {
    for link in &context.policy.links {
        let worlds = placed(context, &link.worlds);
        let Some((first, level)) = worlds.first() else { continue };
        for (other, _) in worlds.iter().filter(|(_, other)| other != level) {
            findings.push(
                Diagnostic::new(
                    &LINK,
                    other.span,
                    format!(
                        "link {} joins {} and {} both ways, which are not of one level",
                        quote(&link.name.value),
                        context.subject(first.target.unwrap_or_default()),
                        context.subject(other.target.unwrap_or_default())
                    ),
                )
                .also(first.span, "the first world of the link")
                .help("leave it out, or make the link one-way up: `from` the lower world, `to` the higher ones"),
            );
        }
    }
}

fn link_down(context: &Context<'_>, findings: &mut Findings) {
    for link in &context.policy.links {
        let Some(from) = &link.from else { continue };
        let Some(sender) = from.target.and_then(|subject| levels(context, subject)) else {
            continue;
        };
        for (to, receiver) in placed(context, &link.to) {
            if !receiver.high.dominates(sender.low) {
                findings.push(
                    Diagnostic::new(
                        &LINK_DOWN,
                        to.span,
                        format!(
                            "link {} would carry frames from {} down to {}",
                            quote(&link.name.value),
                            context.subject(from.target.unwrap_or_default()),
                            context.subject(to.target.unwrap_or_default())
                        ),
                    )
                    .also(from.span, "the sender")
                    .help("exchange sender and receiver, or leave this receiver out"),
                );
            }
        }
    }
}

fn clipboard(context: &Context<'_>, findings: &mut Findings) {
    for rule in &context.policy.clipboard {
        let (from, to) = (placed(context, &rule.from), placed(context, &rule.to));
        let Some(highest) = join(&from) else { continue };
        // One finding a rule: to name every pair would take time in proportion to their number.
        let Some((reader, level)) = to.iter().find(|(_, level)| !level.high.dominates(highest))
        else {
            continue;
        };
        let Some((writer, _)) = from.iter().find(|(_, from)| !level.high.dominates(from.high))
        else {
            continue;
        };
        findings.push(
            Diagnostic::new(
                &CLIPBOARD,
                reader.span,
                format!(
                    "clipboard rule {} lets text from {} be pasted into {}, which is down",
                    quote(&rule.name.value),
                    context.subject(writer.target.unwrap_or_default()),
                    context.subject(reader.target.unwrap_or_default())
                ),
            )
            .also(writer.span, "copied here")
            .help("split the rule so that each `to` dominates each `from`; down goes only a `[guard]`"),
        );
    }
}

fn channel_of_kind(context: &Context<'_>, edge: &Edge, kind: SourceChannelKind) -> bool {
    let Carrier::Channel(position) = edge.carrier else { return false };
    context.policy.channels.get(position as usize).is_some_and(|channel| channel.kind() == kind)
}

fn one_way(
    context: &Context<'_>,
    findings: &mut Findings,
    check: &'static Check,
    kind: SourceChannelKind,
    what: &str,
) {
    for edge in forbidden(context, |edge| channel_of_kind(context, edge, kind)) {
        let Carrier::Channel(position) = edge.carrier else { continue };
        let name = &context.policy.channels[position as usize].name.value;
        let finding = Diagnostic::new(
            check,
            edge.span,
            format!(
                "{what} {} would carry data from {} down to {}",
                quote(name),
                context.node(edge.from),
                context.node(edge.to)
            ),
        )
        .help("turn it round, change a level, or let a `[guard]` decide what may go down");
        findings.push(with_levels(
            context,
            finding,
            [(edge.from, "the writer"), (edge.to, "the reader")],
        ));
    }
}

fn placed<'a>(context: &Context<'_>, references: &'a [SubjectReference]) -> Vec<Placed<'a>> {
    references
        .iter()
        .filter_map(|reference| Some((reference, levels(context, reference.target?)?)))
        .collect()
}

fn join(levels: &[Placed<'_>]) -> Option<Level> {
    levels.iter().map(|(_, levels)| levels.high).reduce(Level::join)
}
