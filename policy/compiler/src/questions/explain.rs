//! `explain`: may data get from here to there, by which path, decided by which lines.

use std::fmt::Write as _;

use super::{
    Hindrance, Path, Reach, Reviewed,
    hop::{hops, limits},
};
use crate::flow::{Carrier, NodeIndex};

/// The answer in words.
pub fn explain(reviewed: &Reviewed, from: NodeIndex, to: NodeIndex) -> String {
    let (source, destination) = (reviewed.describe(from), reviewed.describe(to));
    let reach = Reach::from(&reviewed.graph, from);
    let mut text = format!("May data get from {source} to {destination}? ");
    match reach.path(to) {
        Some(path) => {
            text.push_str(&verdict(reviewed, &path));
            write_path(reviewed, &path, &mut text);
        }
        None => {
            text.push_str("No.\n\n");
            write_surroundings(reviewed, &reach, from, to, &mut text);
        }
    }
    if let Some(levels) = levels(reviewed, from, to) {
        text.push('\n');
        text.push_str(&levels);
    }
    text
}

/// The answer in a sentence.
fn verdict(reviewed: &Reviewed, path: &Path) -> String {
    match path.hindrance {
        Hindrance::Free => "Yes, without a guard on the way.\n".to_owned(),
        Hindrance::TimeOnly => {
            "Not as such, but the time that one leaves to the other can tell it.\n".to_owned()
        }
        Hindrance::Separator => {
            let on_the_way = |edge: &&crate::flow::Edge| {
                reviewed.graph.nodes[edge.from.position()].conduct
                    == crate::flow::Conduct::Separates
            };
            let separator = path.steps.iter().skip(1).find(on_the_way);
            let name = separator.map_or("?".to_owned(), |edge| reviewed.describe(edge.from));
            format!("Only by {name}, which is trusted to pass data on upwards only.\n")
        }
        Hindrance::Guard => {
            let mut guards: Vec<String> = Vec::new();
            for edge in &path.steps {
                if matches!(edge.carrier, Carrier::GuardOutput(_)) {
                    guards.push(reviewed.policy.describe_carrier(edge.carrier));
                }
            }
            format!("Only through {}.\n", guards.join(", then "))
        }
    }
}

fn write_path(reviewed: &Reviewed, path: &Path, text: &mut String) {
    for (number, hop) in hops(reviewed, path).iter().enumerate() {
        let (from, to) = (reviewed.describe(hop.from), reviewed.describe(hop.to));
        let carrier = reviewed.policy.describe_carrier(hop.carrier);
        let _ = writeln!(text, "\n  {}. {from} → {to} by {carrier}", number + 1);
        if let Some(limits) = limits(reviewed, hop.carrier) {
            let _ = writeln!(text, "     {limits}");
        }
        let mut cited: Vec<String> = hop.places.iter().map(|place| reviewed.cite(*place)).collect();
        cited.dedup();
        for line in cited {
            let _ = writeln!(text, "     {line}");
        }
    }
}

/// Where data does get from the one, and from where the other gets some.
fn write_surroundings(
    reviewed: &Reviewed,
    reach: &Reach<'_>,
    from: NodeIndex,
    to: NodeIndex,
    text: &mut String,
) {
    let is_end = |node: &NodeIndex| reviewed.is_end(*node);
    let reached = reach.nodes().into_iter().map(|(node, _)| node).filter(is_end);
    let reached = list(reviewed, reached);
    let _ = writeln!(text, "Data from {} gets to {reached}.", reviewed.describe(from));
    let sources = (0..reviewed.graph.nodes.len() as u32)
        .map(NodeIndex)
        .filter(|node| *node != to && is_end(node))
        .filter(|node| Reach::from(&reviewed.graph, *node).path(to).is_some());
    let sources = list(reviewed, sources);
    let _ = writeln!(text, "{} gets data from {sources}.", reviewed.describe(to));
}

/// Some names; who has more worlds than fit here asks about one of them.
fn list(reviewed: &Reviewed, mut nodes: impl Iterator<Item = NodeIndex>) -> String {
    const MOST: usize = 20;
    let names: Vec<String> =
        nodes.by_ref().take(MOST).map(|node| reviewed.describe(node)).collect();
    match (names.is_empty(), nodes.next()) {
        (true, _) => "nobody".to_owned(),
        (false, None) => names.join(", "),
        (false, Some(_)) => format!("{} and others", names.join(", ")),
    }
}

/// What the levels of the two say about it.
fn levels(reviewed: &Reviewed, from: NodeIndex, to: NodeIndex) -> Option<String> {
    let (low, high) = (reviewed.level(from)?, reviewed.level(to)?);
    let lattice = &reviewed.policy.lattice;
    let relation = if low == high {
        "both ways"
    } else if high.dominates(low) {
        "this way, and back through a guard only"
    } else if low.dominates(high) {
        "this way through a guard only"
    } else {
        "either way through a guard only, as neither dominates the other"
    };
    let (low, high) = (lattice.describe(low), lattice.describe(high));
    Some(format!("By their levels, {low} and {high}, data may go {relation}.\n"))
}
