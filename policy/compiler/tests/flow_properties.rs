//! Flow closure and reachability against references that are too simple to be wrong, on random
//! carrier graphs: every mix of holders, hubs, separators, guards and levels.

use std::collections::{BTreeMap, BTreeSet};

use cloister_policy::{
    flow::{Carrier, Conduct, Edge, Graph, Node, NodeIndex, NodeKind, hidden_paths},
    model::LevelRange,
    questions::{Hindrance, Reach},
    source::Span,
};
use cloister_policy_format::{ClassificationIndex, CompartmentSet, Level, SubjectIndex};
use proptest::prelude::*;

/// Nodes of a random graph.
const NODES: u32 = 7;

fn level() -> impl Strategy<Value = Level> {
    (0..3_u8, 0..4_u64).prop_map(|(classification, compartments)| {
        Level::new(ClassificationIndex(classification), CompartmentSet(compartments))
    })
}

fn conduct() -> impl Strategy<Value = Conduct> {
    prop_oneof![
        3 => Just(Conduct::Holds),
        2 => Just(Conduct::Passes),
        1 => Just(Conduct::Separates)
    ]
}

/// A node of one level, of none, or of a range.
fn node() -> impl Strategy<Value = (Conduct, Option<LevelRange>)> {
    let levels = prop_oneof![
        4 => level().prop_map(|level| Some(LevelRange { low: level, high: level })),
        1 => Just(None),
        1 => (level(), level())
            .prop_map(|(a, b)| Some(LevelRange { low: a.meet(b), high: a.join(b) })),
    ];
    (conduct(), levels)
}

fn carrier() -> impl Strategy<Value = Carrier> {
    prop_oneof![
        6 => Just(Carrier::Channel(0)),
        1 => Just(Carrier::Slack),
        1 => Just(Carrier::Input),
        2 => (0..2_u32).prop_map(Carrier::GuardInput),
        2 => (0..2_u32).prop_map(Carrier::GuardOutput),
    ]
}

fn graph() -> impl Strategy<Value = Graph> {
    let nodes = prop::collection::vec(node(), NODES as usize);
    let edges = prop::collection::vec((0..NODES, 0..NODES, carrier()), 0..24);
    (nodes, edges).prop_map(|(nodes, edges)| {
        let node = |(number, (conduct, levels)): (usize, (Conduct, Option<LevelRange>))| Node {
            kind: NodeKind::Subject(SubjectIndex(number as u32)),
            levels,
            conduct,
        };
        let edge = |(from, to, carrier)| Edge {
            from: NodeIndex(from),
            to: NodeIndex(to),
            carrier,
            span: Span::default(),
        };
        let nodes = nodes.into_iter().enumerate().map(node).collect();
        Graph::new(nodes, edges.into_iter().map(edge).collect())
    })
}

fn all_nodes() -> impl Iterator<Item = NodeIndex> {
    (0..NODES).map(NodeIndex)
}

/// Who is reached through conduits by what its level does not dominate: Warshall's closure, with
/// conduits as the only inner nodes.
fn hidden_by_warshall(graph: &Graph) -> BTreeSet<NodeIndex> {
    let size = NODES as usize;
    let node = |at: usize| &graph.nodes[at];
    let mut reach = vec![vec![false; size]; size];
    for edge in &graph.edges {
        let open = node(edge.from.position()).conduct != Conduct::Separates
            && !matches!(edge.carrier, Carrier::GuardOutput(_));
        if open && graph.allows(edge) {
            reach[edge.from.position()][edge.to.position()] = true;
        }
    }
    for through in (0..size).filter(|at| node(*at).conduct == Conduct::Passes) {
        for from in 0..size {
            for to in 0..size {
                reach[from][to] |= reach[from][through] && reach[through][to];
            }
        }
    }
    let holds = |at: usize| {
        node(at).levels.filter(|_| node(at).conduct == Conduct::Holds).map(|levels| levels.high)
    };
    let is_hidden = |to: usize| {
        let sources = (0..size).filter(|from| reach[*from][to]).filter_map(holds);
        holds(to).is_some_and(|own| sources.into_iter().any(|level| !own.dominates(level)))
    };
    (0..size).filter(|to| is_hidden(*to)).map(|to| NodeIndex(to as u32)).collect()
}

/// Where data stands, as the reference sees it: node, guard that was entered, level of its holder.
type State = (NodeIndex, Option<u32>, Option<Level>);

fn held(graph: &Graph, at: NodeIndex) -> Option<Level> {
    let node = &graph.nodes[at.position()];
    if node.conduct == Conduct::Holds { node.levels.map(|levels| levels.high) } else { None }
}

/// The least hindrance to each node, by trying every step from every state until nothing changes.
fn reached_by_trying(graph: &Graph, from: NodeIndex) -> BTreeMap<NodeIndex, Hindrance> {
    let start: State = (from, None, held(graph, from));
    let mut best: BTreeMap<State, Hindrance> = BTreeMap::from([(start, Hindrance::Free)]);
    loop {
        let before = best.clone();
        for (&state, &so_far) in &before {
            for edge in graph.edges.iter().filter(|edge| edge.from == state.0) {
                let separates = graph.nodes[state.0.position()].conduct == Conduct::Separates;
                let cost = match edge.carrier {
                    Carrier::GuardOutput(guard) => {
                        if state.1.is_some_and(|entered| entered != guard) {
                            continue;
                        }
                        Hindrance::Guard
                    }
                    _ if separates && state != start => {
                        let reader = graph.nodes[edge.to.position()].levels;
                        let up = match (state.2, reader) {
                            (Some(level), Some(reader)) => reader.high.dominates(level),
                            _ => true,
                        };
                        if !up {
                            continue;
                        }
                        Hindrance::Separator
                    }
                    Carrier::Slack | Carrier::Handover => Hindrance::TimeOnly,
                    _ => Hindrance::Free,
                };
                let guard = match edge.carrier {
                    Carrier::GuardInput(guard) => Some(guard),
                    _ => None,
                };
                let next: State = (edge.to, guard, held(graph, edge.to).or(state.2));
                let total = so_far.max(cost);
                let entry = best.entry(next).or_insert(total);
                *entry = (*entry).min(total);
            }
        }
        if best == before {
            break;
        }
    }
    let mut nodes = BTreeMap::new();
    for ((node, ..), hindrance) in best {
        if node != from {
            let entry = nodes.entry(node).or_insert(hindrance);
            *entry = hindrance.min(*entry);
        }
    }
    nodes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn hidden_paths_are_those_of_the_naive_closure(graph in graph()) {
        let paths = hidden_paths(&graph);
        let found: BTreeSet<NodeIndex> = paths.iter().map(|path| path.to).collect();
        prop_assert_eq!(found, hidden_by_warshall(&graph));
        for path in paths {
            let last = path.steps.last().expect("a witness");
            prop_assert_eq!(last.to, path.to);
            for pair in path.steps.windows(2) {
                prop_assert_eq!(pair[0].to, pair[1].from);
                let inner = graph.nodes[pair[0].to.position()].conduct;
                prop_assert_eq!(inner, Conduct::Passes);
            }
        }
    }

    #[test]
    fn reach_is_what_trying_every_step_finds(graph in graph()) {
        for from in all_nodes() {
            let reach = Reach::from(&graph, from);
            let found: BTreeMap<NodeIndex, Hindrance> = reach.nodes().into_iter().collect();
            prop_assert_eq!(&found, &reached_by_trying(&graph, from));
            for to in all_nodes().filter(|to| *to != from) {
                let path = reach.path(to);
                let hindrance = path.as_ref().map(|path| path.hindrance);
                prop_assert_eq!(hindrance, found.get(&to).copied());
                let Some(path) = path else { continue };
                prop_assert_eq!(path.steps.first().map(|step| step.from), Some(from));
                prop_assert_eq!(path.steps.last().map(|step| step.to), Some(to));
                for pair in path.steps.windows(2) {
                    prop_assert_eq!(pair[0].to, pair[1].from);
                }
            }
        }
    }

    #[test]
    fn without_the_screen_less_is_reached(graph in graph()) {
        for from in all_nodes() {
            let all: BTreeMap<_, _> = Reach::from(&graph, from).nodes().into_iter().collect();
            for (to, hindrance) in Reach::without_screen(&graph, from).nodes() {
                prop_assert!(all.get(&to).is_some_and(|least| *least <= hindrance));
            }
        }
    }
}
