//! Where data can get to: shortest paths in the carrier graph, the least hindered first.
//!
//! A step is as free as what it passes: through another world anything can go; a separator (the
//! trusted GUI) is trusted to pass data upwards only; a guard lets little through. A path is as
//! hindered as its most hindered step, so a path through a guard is only found where there is
//! none without.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use cloister_policy_format::Level;

use crate::flow::{Carrier, Conduct, Edge, Graph, NodeIndex};

/// What hinders data on a path, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hindrance {
    /// Nothing: data goes as its holders please.
    Free,
    /// No data is handed over, but who runs when depends on it: a covert channel in time.
    TimeOnly,
    /// A separator is on the way, trusted to pass data on to levels that dominate its own only.
    Separator,
    /// A guard is on the way.
    Guard,
}

/// A path from one node to another.
#[derive(Clone, Debug)]
pub struct Path {
    /// The most that hinders data on it.
    pub hindrance: Hindrance,
    /// Its steps in their order.
    pub steps: Vec<Edge>,
}

/// Where a search stands: what may follow depends on more than the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct State {
    node: NodeIndex,
    /// The guard whose input led here: its component passes that on by this guard's output only.
    guard: Option<u32>,
    /// The level of the last node that holds data, when the node has none of its own.
    level: Option<Level>,
}

/// What a path costs: hindrance first, then length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    hindrance: Hindrance,
    steps: u32,
}

/// All that data from one node can reach.
#[derive(Debug)]
pub struct Reach<'a> {
    graph: &'a Graph,
    start: State,
    screen_relays: bool,
    /// The best cost of each state that was reached, and the edge and state that led to it.
    found: HashMap<State, (Cost, Option<(Edge, State)>)>,
}

impl<'a> Reach<'a> {
    /// Searches from a node.
    pub fn from(graph: &'a Graph, node: NodeIndex) -> Self {
        Self::search(graph, node, true)
    }

    /// Searches from a node for what does not rest on the GUI passing on what it sees on one
    /// world's screen as another world's input: between worlds that have both this is possible
    /// upwards for every pair, so that it tells nothing about a pair.
    pub fn without_screen(graph: &'a Graph, node: NodeIndex) -> Self {
        Self::search(graph, node, false)
    }

    /// The best path to a node, if data can get there. A node that is its own destination is
    /// reached only by leaving and coming back.
    pub fn path(&self, to: NodeIndex) -> Option<Path> {
        let reached = |state: &State| self.found.get(state).map(|(cost, _)| (*cost, *state));
        let (cost, mut state) = self
            .found
            .keys()
            .filter(|state| state.node == to && **state != self.start)
            .filter_map(reached)
            .min()?;
        let mut steps = Vec::new();
        while let Some((_, Some((edge, before)))) = self.found.get(&state) {
            steps.push(*edge);
            state = *before;
        }
        steps.reverse();
        Some(Path { hindrance: cost.hindrance, steps })
    }

    /// The nodes that data can get to, each with the least that hinders it, ascending.
    pub fn nodes(&self) -> Vec<(NodeIndex, Hindrance)> {
        let mut nodes: Vec<(NodeIndex, Hindrance)> = self
            .found
            .iter()
            .filter(|(state, _)| state.node != self.start.node)
            .map(|(state, (cost, _))| (state.node, cost.hindrance))
            .collect();
        nodes.sort_unstable();
        nodes.dedup_by_key(|(node, _)| *node);
        nodes
    }

    fn search(graph: &'a Graph, node: NodeIndex, screen_relays: bool) -> Self {
        let start = State { node, guard: None, level: held_level(graph, node) };
        let free = Cost { hindrance: Hindrance::Free, steps: 0 };
        let found = HashMap::from([(start, (free, None))]);
        let mut reach = Self { graph, start, screen_relays, found };
        let mut queue = BinaryHeap::from([Reverse((free, start))]);
        while let Some(Reverse((cost, state))) = queue.pop() {
            if reach.found.get(&state).is_some_and(|(best, _)| *best < cost) {
                continue;
            }
            for edge in graph.outgoing(state.node) {
                let Some((next, hindrance)) = reach.step(state, edge) else { continue };
                let next_cost =
                    Cost { hindrance: cost.hindrance.max(hindrance), steps: cost.steps + 1 };
                if reach.found.get(&next).is_none_or(|(best, _)| next_cost < *best) {
                    reach.found.insert(next, (next_cost, Some((*edge, state))));
                    queue.push(Reverse((next_cost, next)));
                }
            }
        }
        reach
    }

    /// Where a step along an edge leads, and what hinders it; `None` when what came to `state`
    /// does not go on along this edge.
    fn step(&self, state: State, edge: &Edge) -> Option<(State, Hindrance)> {
        let is_start = state == self.start;
        if edge.carrier == Carrier::Input && !is_start && !self.screen_relays {
            return None;
        }
        let conduct = self.graph.nodes.get(state.node.position())?.conduct;
        let mut hindrance = match edge.carrier {
            Carrier::Slack | Carrier::Handover => Hindrance::TimeOnly,
            _ => Hindrance::Free,
        };
        if let Carrier::GuardOutput(guard) = edge.carrier {
            if !is_start && state.guard.is_some_and(|entered| entered != guard) {
                return None;
            }
            hindrance = Hindrance::Guard;
        } else if conduct == Conduct::Separates && !is_start {
            let to = self.graph.nodes.get(edge.to.position())?;
            let dominated = state.level.zip(to.levels);
            if dominated.is_some_and(|(level, to)| !to.high.dominates(level)) {
                return None;
            }
            hindrance = Hindrance::Separator;
        }
        let guard = match edge.carrier {
            Carrier::GuardInput(guard) => Some(guard),
            _ => None,
        };
        let level = held_level(self.graph, edge.to).or(state.level);
        Some((State { node: edge.to, guard, level }, hindrance))
    }
}

/// The level of what a node holds, for nodes that have one of their own.
fn held_level(graph: &Graph, node: NodeIndex) -> Option<Level> {
    let node = graph.nodes.get(node.position())?;
    match node.conduct {
        Conduct::Holds => node.levels.map(|levels| levels.high),
        Conduct::Passes | Conduct::Separates => None,
    }
}
