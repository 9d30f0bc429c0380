//! Time and commands that one gives another, and flows that lead nowhere.

use super::{forbidden, levels, with_levels};
use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    flow::Carrier,
    model::{Subject, SubjectReference},
    source::Located,
};

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
    "No subject has a channel, clipboard rule, guard, gift of time, handover or control to itself.",
    to_itself,
);
/// Commands given down.
pub static CONTROL: Check = Check::error(
    "P088",
    "control-down",
    "Who may be started, stopped or paused by another dominates the other.",
    control,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[&SLACK, &HANDOVER, &SELF, &CONTROL];

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

fn control(context: &Context<'_>, findings: &mut Findings) {
    for edge in forbidden(context, |edge| edge.carrier == Carrier::Control) {
        let finding = Diagnostic::new(
            &CONTROL,
            edge.span,
            format!(
                "{} could tell {} anything, by when it starts, stops or pauses it",
                context.node(edge.from),
                context.node(edge.to)
            ),
        )
        .help(
            "let a component that the other dominates, or one trusted with both levels, control it",
        );
        findings.push(with_levels(
            context,
            finding,
            [(edge.from, "who controls"), (edge.to, "who is controlled")],
        ));
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
        both.map(|to| ("clipboard rule", Located::new(rule.name.value.clone(), to.span)))
    });
    let links = policy.links.iter().filter_map(|link| {
        let from = link.from.as_ref()?.target?;
        let both = link.to.iter().find(|to| to.target == Some(from))?;
        Some(("link", Located::new(link.name.value.clone(), both.span)))
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
            Subject::Component(component) => component.handover_to.as_ref(),
            Subject::World(_) => None,
        };
        let times = subject.slack_to().into_iter().chain(handover).map(|it| (it, "give time to"));
        let controls = match subject {
            Subject::Component(component) => component.controls.as_slice(),
            Subject::World(_) => &[],
        };
        let controls = controls.iter().map(|control| (&control.target, "control"));
        for (reference, does) in times.chain(controls) {
            if reference.target == Some(index) {
                let name = quote(&subject.name().value);
                findings.push(
                    Diagnostic::new(&SELF, reference.span, format!("{name} would {does} itself"))
                        .help("name another subject, or delete the line"),
                );
            }
        }
    }
}
