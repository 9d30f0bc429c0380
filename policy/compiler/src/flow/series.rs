//! Guards in series: what one lets down may reach another that lets it further down.

use std::collections::{HashMap, HashSet, VecDeque};

use cloister_policy_format::Level;

use super::{Carrier, Conduct, Edge, Graph, NodeIndex};
use crate::model::Policy;

/// Two guards whose holes add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The guard that data passes first, by position; none when the search was cut short.
    pub first: Option<u32>,
    /// The guard that it passes second, by position.
    pub second: u32,
}

/// How many steps all searches may take together.
const STEPS: usize = 4_000_000;

struct Ends {
    from: NodeIndex,
    to: NodeIndex,
    from_level: Level,
    to_level: Level,
}

/// All guards that extend another's hole, each with one such other.
pub fn guards_in_series(policy: &Policy, graph: &Graph) -> Vec<Series> {
    let ends: Vec<Option<Ends>> = policy
        .guards
        .iter()
        .map(|guard| {
            let node = |reference: &Option<crate::model::SubjectReference>| {
                reference.as_ref().and_then(|reference| reference.target).map(NodeIndex::from)
            };
            let level =
                |node: NodeIndex| graph.nodes[node.position()].levels.map(|levels| levels.high);
            let (from, to) = (node(&guard.from)?, node(&guard.to)?);
            Some(Ends { from, to, from_level: level(from)?, to_level: level(to)? })
        })
        .collect();
    // One guard that says openly what two add up to is enough.
    let declared: HashSet<(Level, Level)> =
        ends.iter().flatten().map(|ends| (ends.from_level, ends.to_level)).collect();
    let mut outputs: HashMap<NodeIndex, Vec<u32>> = HashMap::new();
    for (position, ends) in ends.iter().enumerate() {
        if let Some(ends) = ends {
            outputs.entry(ends.to).or_default().push(position as u32);
        }
    }
    let lowered = lowered_labels(graph, &ends);
    let mut budget = STEPS;
    let mut found = Vec::new();
    for (position, second) in ends.iter().enumerate() {
        let Some(second_ends) = second else { continue };
        let reached = lowered[second_ends.from.position()];
        if reached.is_none_or(|label| second_ends.from_level.dominates(label)) {
            continue;
        }
        let widens = |first: u32| {
            let Some(Some(first_ends)) = ends.get(first as usize) else { return false };
            first as usize != position
                && !second_ends.from_level.dominates(first_ends.from_level)
                && !second_ends.to_level.dominates(first_ends.to_level)
                && !declared.contains(&(first_ends.from_level, second_ends.to_level))
        };
        match first_before(graph, second_ends.from, &outputs, widens, &mut budget) {
            Search::Found(first) => {
                found.push(Series { first: Some(first), second: position as u32 })
            }
            Search::CutShort => found.push(Series { first: None, second: position as u32 }),
            Search::Nothing => {}
        }
    }
    found
}

/// The join of the levels that guards brought down to where data can then reach each node.
fn lowered_labels(graph: &Graph, ends: &[Option<Ends>]) -> Vec<Option<Level>> {
    let mut labels: Vec<Option<Level>> = vec![None; graph.nodes.len()];
    let mut queue = VecDeque::new();
    for ends in ends.iter().flatten() {
        let label = &mut labels[ends.to.position()];
        *label = Some(label.map_or(ends.from_level, |label| label.join(ends.from_level)));
        queue.push_back(ends.to);
    }
    while let Some(node) = queue.pop_front() {
        let Some(label) = labels[node.position()] else { continue };
        for edge in graph.outgoing(node).iter().filter(|edge| carries(graph, edge)) {
            let reached = &mut labels[edge.to.position()];
            let joined = reached.map_or(label, |reached| reached.join(label));
            if *reached != Some(joined) {
                *reached = Some(joined);
                queue.push_back(edge.to);
            }
        }
    }
    labels
}

fn carries(graph: &Graph, edge: &Edge) -> bool {
    let guarded = matches!(edge.carrier, Carrier::GuardInput(_) | Carrier::GuardOutput(_));
    let separated = graph.nodes[edge.from.position()].conduct == Conduct::Separates;
    !guarded && !separated && graph.allows(edge)
}

enum Search {
    Found(u32),
    Nothing,
    CutShort,
}

fn first_before(
    graph: &Graph,
    from: NodeIndex,
    outputs: &HashMap<NodeIndex, Vec<u32>>,
    widens: impl Fn(u32) -> bool,
    budget: &mut usize,
) -> Search {
    let mut seen = HashSet::from([from]);
    let mut queue = VecDeque::from([from]);
    while let Some(node) = queue.pop_front() {
        for &first in outputs.get(&node).map_or(&[][..], Vec::as_slice) {
            *budget = budget.saturating_sub(1);
            if *budget == 0 {
                return Search::CutShort;
            }
            if widens(first) {
                return Search::Found(first);
            }
        }
        for edge in graph.incoming(node).filter(|edge| carries(graph, edge)) {
            *budget = budget.saturating_sub(1);
            if *budget == 0 {
                return Search::CutShort;
            }
            if seen.insert(edge.from) {
                queue.push_back(edge.from);
            }
        }
    }
    Search::Nothing
}
