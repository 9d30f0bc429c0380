//! Transitive closure: paths whose single steps are allowed, but not what they add up to.
//!
//! A node that holds data is of one level, so what it sends is of that level, whatever it received; a
//! path can only go wrong where it passes through nodes that are of no level of their own: trusted
//! components and shared things. Labels are joined along those until nothing changes. Joining can
//! raise a label only as often as the lattice is high, so this is linear in the number of edges.

use std::collections::{HashMap, VecDeque};

use cloister_policy_format::Level;

use super::{Carrier, Conduct, Edge, Graph, NodeIndex};

/// A path along which data gets where it must not.
#[derive(Clone, Debug)]
pub struct HiddenPath {
    /// The node that receives what its level does not dominate.
    pub to: NodeIndex,
    /// The steps from a source, when the search for them was not cut short.
    pub steps: Vec<Edge>,
}

/// How many steps backwards all searches for witnesses may take together.
const WITNESS_STEPS: usize = 4_000_000;

/// All nodes that something reaches on a path of allowed steps though their level does not dominate
/// it, each with a shortest such path.
pub fn hidden_paths(graph: &Graph) -> Vec<HiddenPath> {
    let labels = propagate(graph);
    let mut budget = WITNESS_STEPS;
    let mut paths = Vec::new();
    for (position, node) in graph.nodes.iter().enumerate() {
        let (Conduct::Holds, Some(levels)) = (node.conduct, node.levels) else { continue };
        let to = NodeIndex(position as u32);
        if labels[position].is_some_and(|label| !levels.high.dominates(label)) {
            paths.push(HiddenPath { to, steps: witness(graph, to, levels.high, &mut budget) });
        }
    }
    paths
}

/// Whether what enters at the start of the edge may leave along it.
fn conducts(graph: &Graph, edge: &Edge) -> bool {
    // A guard's output carries only what the guard let pass, which is declared to be of the level
    // of its destination; a separator's carries only what its reader dominates.
    let through = graph.nodes[edge.from.position()].conduct != Conduct::Separates;
    through && !matches!(edge.carrier, Carrier::GuardOutput(_)) && graph.allows(edge)
}

/// What a node sends by itself.
fn own_label(graph: &Graph, node: NodeIndex) -> Option<Level> {
    let node = &graph.nodes[node.position()];
    match node.conduct {
        Conduct::Holds => node.levels.map(|levels| levels.high),
        Conduct::Passes | Conduct::Separates => None,
    }
}

/// The join of the labels that reach each node.
fn propagate(graph: &Graph) -> Vec<Option<Level>> {
    let mut labels: Vec<Option<Level>> = vec![None; graph.nodes.len()];
    let mut queue: VecDeque<NodeIndex> = (0..graph.nodes.len() as u32).map(NodeIndex).collect();
    let mut queued = vec![true; graph.nodes.len()];
    while let Some(node) = queue.pop_front() {
        queued[node.position()] = false;
        let passes = graph.nodes[node.position()].conduct == Conduct::Passes;
        let sent = if passes { labels[node.position()] } else { own_label(graph, node) };
        let Some(sent) = sent else { continue };
        for edge in graph.outgoing(node).iter().filter(|edge| conducts(graph, edge)) {
            let label = &mut labels[edge.to.position()];
            let joined = label.map_or(sent, |label| label.join(sent));
            let changed = *label != Some(joined);
            *label = Some(joined);
            let spreads = graph.nodes[edge.to.position()].conduct == Conduct::Passes;
            if changed && spreads && !queued[edge.to.position()] {
                queued[edge.to.position()] = true;
                queue.push_back(edge.to);
            }
        }
    }
    labels
}

/// A shortest path to `to` from a node that sends what `level` does not dominate.
fn witness(graph: &Graph, to: NodeIndex, level: Level, budget: &mut usize) -> Vec<Edge> {
    let mut next: HashMap<NodeIndex, Edge> = HashMap::new();
    let mut queue = VecDeque::from([to]);
    while let Some(node) = queue.pop_front() {
        for edge in graph.incoming(node).filter(|edge| conducts(graph, edge)) {
            *budget = budget.saturating_sub(1);
            if *budget == 0 {
                return Vec::new();
            }
            if edge.from == to || next.contains_key(&edge.from) {
                continue;
            }
            next.insert(edge.from, *edge);
            if own_label(graph, edge.from).is_some_and(|label| !level.dominates(label)) {
                return follow(&next, edge.from, to);
            }
            if graph.nodes[edge.from.position()].conduct == Conduct::Passes {
                queue.push_back(edge.from);
            }
        }
    }
    Vec::new()
}

fn follow(next: &HashMap<NodeIndex, Edge>, from: NodeIndex, to: NodeIndex) -> Vec<Edge> {
    let mut steps = Vec::new();
    let mut node = from;
    while node != to {
        let Some(edge) = next.get(&node) else { break };
        steps.push(*edge);
        node = edge.to;
    }
    steps
}
