//! No read up and no write down, for each kind of carrier.

use cloister_policy_format::{Level, SubjectIndex, VirtualDevices};

use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    flow::{Carrier, Edge, NodeIndex},
    model::{Access, LevelRange, SourceChannelKind, SubjectReference, World},
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
/// A screen that shows too much.
pub static DISPLAY: Check = Check::error(
    "P076",
    "display-level",
    "The GUI, and the place where the screen stands, dominate each world shown.",
    display,
);
/// Input from someone too high.
pub static INPUT: Check = Check::error(
    "P077",
    "input-level",
    "The lowest level of the GUI is dominated by each world that gets input.",
    input,
);
/// Sound that too many hear.
pub static AUDIO: Check = Check::error(
    "P078",
    "audio-level",
    "The room that the loudspeaker is in dominates each world that sounds.",
    audio,
);
/// Sound that comes from too high.
pub static MICROPHONE: Check = Check::error(
    "P079",
    "microphone-level",
    "Each world with a microphone dominates the room that it is in.",
    microphone,
);
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
/// Time given down.
pub static SLACK: Check = Check::error(
    "P085",
    "slack-down",
    "Who gets time that another leaves over dominates the other.",
    slack,
);
/// Time given and returned between unequals.
pub static HANDOVER: Check = Check::error(
    "P086",
    "handover-unequal",
    "Who hands time over and who serves in it are of one level, as each sees when the other is done.",
    handover,
);
/// A flow from a subject to itself.
pub static SELF: Check = Check::error(
    "P087",
    "self-flow",
    "No subject has a channel, clipboard rule, guard, gift of time or handover to itself.",
    to_itself,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &CHANNEL,
    &FILE_DROP,
    &DIALOGUE,
    &LINK,
    &LINK_DOWN,
    &CLIPBOARD,
    &DISPLAY,
    &INPUT,
    &AUDIO,
    &MICROPHONE,
    &NETWORK,
    &DRIVER,
    &DISK,
    &LOG,
    &AUDIT,
    &SLACK,
    &HANDOVER,
    &SELF,
];

/// Edges of the chosen carriers that lead down.
fn forbidden<'a>(
    context: &'a Context<'_>,
    chosen: impl Fn(&Edge) -> bool + 'a,
) -> impl Iterator<Item = &'a Edge> {
    context.graph.edges.iter().filter(move |edge| chosen(edge) && !context.graph.allows(edge))
}

fn levels(context: &Context<'_>, subject: SubjectIndex) -> Option<LevelRange> {
    context.policy.subject(subject)?.levels().map(|levels| levels.value)
}

/// Adds the places where both ends say their level.
fn with_levels(
    context: &Context<'_>,
    mut finding: Diagnostic,
    ends: [(NodeIndex, &str); 2],
) -> Diagnostic {
    for (node, role) in ends {
        let subject = context.policy.subject(SubjectIndex(node.0));
        if let Some(levels) = subject.and_then(|subject| subject.levels()) {
            finding =
                finding.also(levels.span, format!("{role} is {}", context.levels(levels.value)));
        }
    }
    finding
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

type Placed<'a> = (&'a SubjectReference, LevelRange);

fn placed<'a>(context: &Context<'_>, references: &'a [SubjectReference]) -> Vec<Placed<'a>> {
    references
        .iter()
        .filter_map(|reference| Some((reference, levels(context, reference.target?)?)))
        .collect()
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

fn join(levels: &[Placed<'_>]) -> Option<Level> {
    levels.iter().map(|(_, levels)| levels.high).reduce(Level::join)
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

fn display(context: &Context<'_>, findings: &mut Findings) {
    let Some(display) = &context.policy.display else { return };
    for edge in forbidden(context, |edge| edge.carrier == Carrier::Display) {
        let finding = Diagnostic::new(
            &DISPLAY,
            edge.span,
            format!("{} would be shown by {}", context.node(edge.from), context.node(edge.to)),
        )
        .help("raise `high` in the GUI's `levels`, or take the screen from this world's `devices`");
        findings.push(with_levels(
            context,
            finding,
            [(edge.from, "the world"), (edge.to, "the GUI")],
        ));
    }
    let Some(highest) = display.highest else { return };
    for world in &context.policy.worlds {
        let (Some(level), Some(span)) = (world.level, screen(world)) else { continue };
        if !highest.value.dominates(level.value) {
            findings.push(
                Diagnostic::new(
                    &DISPLAY,
                    span,
                    format!(
                        "world {} ({}) would be shown where at most {} may be seen",
                        quote(&world.name.value),
                        context.policy.lattice.describe(level.value),
                        context.policy.lattice.describe(highest.value)
                    ),
                )
                .also(highest.span, "the highest level that may be shown")
                .help("take the screen from this world's `devices`, or move the screen and say so in `highest`"),
            );
        }
    }
}

fn screen(world: &World) -> Option<crate::source::Span> {
    world.device(VirtualDevices::DISPLAY).or_else(|| world.device(VirtualDevices::CONSOLE))
}

fn input(context: &Context<'_>, findings: &mut Findings) {
    for edge in forbidden(context, |edge| edge.carrier == Carrier::Input) {
        let finding = Diagnostic::new(
            &INPUT,
            edge.span,
            format!(
                "{} would type into {}, which is below its lowest level",
                context.node(edge.from),
                context.node(edge.to)
            ),
        )
        .help("lower `low` in the GUI's `levels`, or take `input` from this world's `devices`");
        findings.push(with_levels(
            context,
            finding,
            [(edge.to, "the world"), (edge.from, "the GUI")],
        ));
    }
}

fn audio(context: &Context<'_>, findings: &mut Findings) {
    for edge in forbidden(context, |edge| edge.carrier == Carrier::Audio) {
        let mut finding = Diagnostic::new(
            &AUDIO,
            edge.span,
            format!("{} would be heard in a room of a lower level", context.node(edge.from)),
        )
        .help("take `audio` from this world's `devices`, or raise the room's level if all who hear are cleared");
        if let Some(level) = context.policy.audio {
            finding = finding.also(
                level.span,
                format!("the room is {}", context.policy.lattice.describe(level.value)),
            );
        }
        findings.push(finding);
    }
}

fn microphone(context: &Context<'_>, findings: &mut Findings) {
    for edge in forbidden(context, |edge| edge.carrier == Carrier::Microphone) {
        let mut finding = Diagnostic::new(
            &MICROPHONE,
            edge.span,
            format!("{} would hear a room of a higher level", context.node(edge.to)),
        )
        .help("take `microphone` from this world's `devices`");
        if let Some(level) = context.policy.audio {
            finding = finding.also(
                level.span,
                format!("the room is {}", context.policy.lattice.describe(level.value)),
            );
        }
        findings.push(finding);
    }
}

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

fn slack(context: &Context<'_>, findings: &mut Findings) {
    for edge in forbidden(context, |edge| edge.carrier == Carrier::Slack) {
        let finding = Diagnostic::new(
            &SLACK,
            edge.span,
            format!(
                "{} would tell {} how busy it is, by the time that it leaves over",
                context.node(edge.from),
                context.node(edge.to)
            ),
        )
        .help("give time to a subject that dominates the giver, or leave `slack-to` out");
        findings.push(with_levels(
            context,
            finding,
            [(edge.from, "the giver"), (edge.to, "the taker")],
        ));
    }
}

fn handover(context: &Context<'_>, findings: &mut Findings) {
    for component in &context.policy.components {
        let Some(reference) = &component.handover_to else { continue };
        let server = reference.target.and_then(|subject| levels(context, subject));
        let (Some(server), Some(client)) = (server, component.levels) else { continue };
        if server != client.value {
            findings.push(
                Diagnostic::new(
                    &HANDOVER,
                    reference.span,
                    format!(
                        "{} ({}) would hand its time to {}",
                        quote(&component.name.value),
                        context.levels(client.value),
                        context.subject(reference.target.unwrap_or_default())
                    ),
                )
                .also(client.span, "the caller's level")
                .help("hand time over to a component of the same level only"),
            );
        }
    }
}

fn to_itself(context: &Context<'_>, findings: &mut Findings) {
    let policy = context.policy;
    let same = |a: &Option<SubjectReference>, b: &Option<SubjectReference>| {
        a.as_ref().zip(b.as_ref()).is_some_and(|(a, b)| a.target.is_some() && a.target == b.target)
    };
    let channels = policy
        .channels
        .iter()
        .filter(|it| same(&it.from, &it.to))
        .map(|it| ("channel", it.name.clone()));
    let guards = policy
        .guards
        .iter()
        .filter(|it| same(&it.from, &it.to))
        .map(|it| ("guard", it.name.clone()));
    let clipboard = policy.clipboard.iter().flat_map(|rule| {
        let from: std::collections::HashSet<_> =
            rule.from.iter().filter_map(|it| it.target).collect();
        let both = rule.to.iter().find(|to| to.target.is_some_and(|to| from.contains(&to)));
        both.map(|to| {
            ("clipboard rule", crate::source::Located::new(rule.name.value.clone(), to.span))
        })
    });
    let links = policy.links.iter().filter_map(|link| {
        let from = link.from.as_ref()?.target?;
        let both = link.to.iter().find(|to| to.target == Some(from))?;
        Some(("link", crate::source::Located::new(link.name.value.clone(), both.span)))
    });
    for (what, name) in channels.chain(guards).chain(clipboard).chain(links) {
        findings.push(
            Diagnostic::new(
                &SELF,
                name.span,
                format!("{what} {} leads from a subject to itself", quote(&name.value)),
            )
            .help("name two different subjects, or delete it"),
        );
    }
    for (index, subject) in policy.subjects() {
        let handover = match subject {
            crate::model::Subject::Component(component) => component.handover_to.as_ref(),
            crate::model::Subject::World(_) => None,
        };
        for reference in subject.slack_to().into_iter().chain(handover) {
            if reference.target == Some(index) {
                findings.push(
                    Diagnostic::new(
                        &SELF,
                        reference.span,
                        format!("{} would give time to itself", quote(&subject.name().value)),
                    )
                    .help("name another subject, or delete the line"),
                );
            }
        }
    }
}
