//! No read up and no write down, for each kind of carrier.

pub mod declared;
pub mod room;
pub mod shared;
pub mod time;

use cloister_policy_format::SubjectIndex;

use crate::{
    context::Context,
    diagnostic::Diagnostic,
    flow::{Edge, NodeIndex},
    model::LevelRange,
};

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
