//! Transitive closure over all carriers: what many allowed steps add up to.

use std::collections::HashMap;

use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    flow::{Edge, HiddenPath, NodeIndex, NodeKind, guards_in_series, hidden_paths},
};

/// A way down over several steps.
pub static HIDDEN: Check = Check::error(
    "P090",
    "hidden-path",
    "No path of allowed steps, over all carriers, leads to a subject that does not dominate its start.",
    hidden,
);
/// A way down beside a guard.
pub static BYPASS: Check = Check::error(
    "P091",
    "guard-bypass",
    "Where a guard decides what goes down, nothing goes down beside it.",
    bypass,
);
/// Two small holes that make a large one.
pub static SERIES: Check = Check::error(
    "P092",
    "guards-in-series",
    "Guards in series let nothing further down than a guard that says so alone.",
    series,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[&HIDDEN, &BYPASS, &SERIES];

/// The guards by where they lead.
fn guarded(context: &Context<'_>) -> HashMap<NodeIndex, usize> {
    let guards = context.policy.guards.iter().enumerate();
    guards
        .filter_map(|(position, guard)| Some((guard.to.as_ref()?.target?.into(), position)))
        .collect()
}

/// Paths that no check of a single carrier reports: who shares a thing directly is its business.
fn indirect<'a>(context: &'a Context<'_>) -> impl Iterator<Item = HiddenPath> + 'a {
    let is_thing =
        |edge: &Edge| !matches!(context.graph.nodes[edge.to.position()].kind, NodeKind::Subject(_));
    hidden_paths(context.graph)
        .into_iter()
        .filter(move |path| !(path.steps.len() == 2 && is_thing(&path.steps[0])))
}

fn hidden(context: &Context<'_>, findings: &mut Findings) {
    let guarded = guarded(context);
    for path in indirect(context) {
        if guarded.contains_key(&path.to) {
            continue;
        }
        let what = "without a guard";
        let finding = describe(context, &HIDDEN, &path, what).help(
            "cut the path at one step, or replace the trusted component's way down by a `[guard]`",
        );
        findings.push(finding);
    }
}

fn bypass(context: &Context<'_>, findings: &mut Findings) {
    let guarded = guarded(context);
    for path in indirect(context) {
        let Some(&position) = guarded.get(&path.to) else { continue };
        let guard = &context.policy.guards[position];
        let what = format!("beside guard {}", quote(&guard.name.value));
        let finding = describe(context, &BYPASS, &path, &what)
            .also(guard.name.span, "the guard")
            .help("cut the path at one step, so that the guard is the only way");
        findings.push(finding);
    }
}

/// A path in words, with the place of each step.
fn describe(
    context: &Context<'_>,
    check: &'static Check,
    path: &HiddenPath,
    what: &str,
) -> Diagnostic {
    /// A longer path is told by its first steps.
    const MOST_STEPS: usize = 8;
    let to = context.node(path.to);
    let (Some(first), Some(last)) = (path.steps.first(), path.steps.last()) else {
        let span = match context.graph.nodes[path.to.position()].kind {
            crate::flow::NodeKind::Subject(subject) => {
                context.policy.subject(subject).map(|subject| subject.name().span)
            }
            _ => None,
        };
        let message = format!("data that {to} must not have can reach it {what}");
        return Diagnostic::new(check, span.unwrap_or_default(), message);
    };
    let message = format!("data can get from {} down to {to} {what}", context.node(first.from));
    let mut finding = Diagnostic::new(check, last.span, message).label(step(context, last));
    for edge in path.steps.iter().rev().skip(1).rev().take(MOST_STEPS) {
        finding = finding.also(edge.span, step(context, edge));
    }
    finding
}

fn step(context: &Context<'_>, edge: &Edge) -> String {
    let node =
        |node: NodeIndex| context.policy.describe_node(context.graph.nodes[node.position()].kind);
    format!(
        "from {} to {} by {}",
        node(edge.from),
        node(edge.to),
        context.policy.describe_carrier(edge.carrier)
    )
}

fn series(context: &Context<'_>, findings: &mut Findings) {
    let guards = &context.policy.guards;
    for series in guards_in_series(context.policy, context.graph) {
        let second = &guards[series.second as usize];
        let target = |reference: &Option<crate::model::SubjectReference>| {
            reference
                .as_ref()
                .and_then(|it| it.target)
                .map_or_else(|| "?".to_owned(), |it| context.subject(it))
        };
        let finding = match series.first.map(|first| &guards[first as usize]) {
            Some(first) => Diagnostic::new(
                &SERIES,
                second.name.span,
                format!(
                    "guards {} and {} in series let data from {} down to {}",
                    quote(&first.name.value),
                    quote(&second.name.value),
                    target(&first.from),
                    target(&second.to)
                ),
            )
            .label("the second guard")
            .also(first.name.span, "the first guard"),
            None => Diagnostic::new(
                &SERIES,
                second.name.span,
                format!(
                    "other guards' output can reach guard {}, too many to say which",
                    quote(&second.name.value)
                ),
            ),
        };
        findings.push(finding.help(
            "keep the first one's destination from reaching the second one's source, or declare one guard for the whole way",
        ));
    }
}
