//! The carrier graph: everything by which data or time can get from one place to another.
//!
//! Subjects are nodes, and so is each thing that several share (a link, an outside network, a written
//! disk, a clipboard rule, the room's sound, the audit ring): *n* worlds on a link are *n* edges, not
//! *n²*. An edge is one way; what is two-way has two.

mod build;
mod closure;
mod series;

pub use closure::{HiddenPath, hidden_paths};
pub use series::{Series, guards_in_series};

use cloister_policy_format::{ImageIndex, LinkIndex, NetworkIndex, SubjectIndex};

use crate::{
    model::{LevelRange, Policy},
    source::Span,
};

/// A node's number: subjects first, by their own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub u32);

impl NodeIndex {
    /// The number, as a position.
    pub const fn position(self) -> usize {
        self.0 as usize
    }
}

impl From<SubjectIndex> for NodeIndex {
    fn from(subject: SubjectIndex) -> Self {
        Self(subject.0)
    }
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A world or component.
    Subject(SubjectIndex),
    /// A link between worlds.
    Link(LinkIndex),
    /// An outside network.
    Network(NetworkIndex),
    /// A disk whose writes are kept.
    Disk(ImageIndex),
    /// A clipboard rule, by position.
    Clipboard(u32),
    /// Loudspeaker and microphone.
    Room,
    /// The kernel's audit ring.
    AuditRing,
}

/// What a node does with data that it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// It may do anything with it: everything in it is of its level.
    Holds,
    /// It may pass anything on, and is of no level of its own.
    Passes,
    /// It is trusted to pass data on to levels that dominate the data's only.
    Separates,
}

/// A node.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// What it stands for.
    pub kind: NodeKind,
    /// The levels that it may handle, when it has any and they are known.
    pub levels: Option<LevelRange>,
    /// What it does with data.
    pub conduct: Conduct,
}

/// By what data gets along an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carrier {
    /// A declared channel, by position.
    Channel(u32),
    /// A link.
    Link(LinkIndex),
    /// An outside network.
    Network(NetworkIndex),
    /// A disk whose writes are kept.
    Disk(ImageIndex),
    /// A clipboard rule, by position.
    Clipboard(u32),
    /// A guard's channel from its source to its component, by position.
    GuardInput(u32),
    /// A guard's channel from its component to its destination, by position.
    GuardOutput(u32),
    /// A world's screen, read by the GUI.
    Display,
    /// Keyboard and mouse, written by the GUI.
    Input,
    /// Sound out of the loudspeaker.
    Audio,
    /// Sound into the microphone.
    Microphone,
    /// A world's log.
    Log,
    /// The kernel's audit ring.
    Audit,
    /// Time that one leaves and another gets.
    Slack,
    /// Time that one gives another to serve it.
    Handover,
    /// Commands by which one starts, stops or pauses another.
    Control,
}

/// A way for data.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Where from.
    pub from: NodeIndex,
    /// Where to.
    pub to: NodeIndex,
    /// By what.
    pub carrier: Carrier,
    /// The place in the policy that makes it.
    pub span: Span,
}

/// The carrier graph of a policy.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The nodes, subjects first.
    pub nodes: Vec<Node>,
    /// The edges, by where they start.
    pub edges: Vec<Edge>,
    outgoing: Vec<u32>,
    incoming: Vec<u32>,
    incoming_edges: Vec<u32>,
}

impl Graph {
    /// The carrier graph of a policy.
    pub fn of(policy: &Policy) -> Self {
        let (nodes, edges) = build::build(policy);
        Self::new(nodes, edges)
    }

    /// The graph with these nodes and edges.
    pub fn new(nodes: Vec<Node>, mut edges: Vec<Edge>) -> Self {
        edges.retain(|edge| edge.from.position() < nodes.len() && edge.to.position() < nodes.len());
        edges.sort_by_key(|edge| (edge.from, edge.to, edge.carrier, edge.span));
        let outgoing = starts(nodes.len(), edges.iter().map(|edge| edge.from));
        let mut incoming_edges: Vec<u32> = (0..edges.len() as u32).collect();
        incoming_edges.sort_by_key(|&edge| edges[edge as usize].to);
        let incoming =
            starts(nodes.len(), incoming_edges.iter().map(|&edge| edges[edge as usize].to));
        Self { nodes, edges, outgoing, incoming, incoming_edges }
    }

    /// The edges that start at a node.
    pub fn outgoing(&self, node: NodeIndex) -> &[Edge] {
        &self.edges[range(&self.outgoing, node)]
    }

    /// The edges that end at a node.
    pub fn incoming(&self, node: NodeIndex) -> impl Iterator<Item = &Edge> {
        self.incoming_edges[range(&self.incoming, node)]
            .iter()
            .map(|&edge| &self.edges[edge as usize])
    }

    /// Whether data may go along an edge by the levels of its ends alone. Unknown levels allow
    /// everything: what made them unknown is already reported.
    pub fn allows(&self, edge: &Edge) -> bool {
        let levels = |node: NodeIndex| self.nodes[node.position()].levels;
        match (levels(edge.from), levels(edge.to)) {
            (Some(from), Some(to)) => to.high.dominates(from.low),
            _ => true,
        }
    }
}

/// Where each node's edges start, in edges sorted by node, and the end of the last.
fn starts(nodes: usize, sorted: impl Iterator<Item = NodeIndex>) -> Vec<u32> {
    let mut starts = vec![0; nodes + 1];
    for node in sorted {
        starts[node.position() + 1] += 1;
    }
    for node in 0..nodes {
        starts[node + 1] += starts[node];
    }
    starts
}

fn range(starts: &[u32], node: NodeIndex) -> std::ops::Range<usize> {
    starts[node.position()] as usize..starts[node.position() + 1] as usize
}

impl Policy {
    /// What a node is called in messages.
    pub fn describe_node(&self, kind: NodeKind) -> String {
        let named = |what: &str, name: Option<&str>| format!("{what} `{}`", name.unwrap_or("?"));
        match kind {
            NodeKind::Subject(subject) => {
                format!("`{}`", self.subject(subject).map_or("?", |subject| &subject.name().value))
            }
            NodeKind::Link(link) => {
                named("link", self.links.get(link.position()).map(|link| link.name.value.as_str()))
            }
            NodeKind::Network(network) => named(
                "network",
                self.networks.get(network.position()).map(|network| network.name.value.as_str()),
            ),
            NodeKind::Disk(image) => named(
                "disk of image",
                self.images.get(image.position()).map(|image| image.name.value.as_str()),
            ),
            NodeKind::Clipboard(rule) => named(
                "clipboard",
                self.clipboard.get(rule as usize).map(|rule| rule.name.value.as_str()),
            ),
            NodeKind::Room => "the room's sound".to_owned(),
            NodeKind::AuditRing => "the audit ring".to_owned(),
        }
    }

    /// What a carrier is called in messages.
    pub fn describe_carrier(&self, carrier: Carrier) -> String {
        let channel = |position: u32| {
            self.channels.get(position as usize).map_or("?", |channel| &channel.name.value)
        };
        let guard = |position: u32| {
            self.guards.get(position as usize).map_or("?", |guard| &guard.name.value)
        };
        match carrier {
            Carrier::Channel(position) => format!("channel `{}`", channel(position)),
            Carrier::Link(link) => self.describe_node(NodeKind::Link(link)),
            Carrier::Network(network) => self.describe_node(NodeKind::Network(network)),
            Carrier::Disk(image) => self.describe_node(NodeKind::Disk(image)),
            Carrier::Clipboard(rule) => self.describe_node(NodeKind::Clipboard(rule)),
            Carrier::GuardInput(position) | Carrier::GuardOutput(position) => {
                format!("guard `{}`", guard(position))
            }
            Carrier::Display => "its screen".to_owned(),
            Carrier::Input => "keyboard and mouse".to_owned(),
            Carrier::Audio => "the loudspeaker".to_owned(),
            Carrier::Microphone => "the microphone".to_owned(),
            Carrier::Log => "the log".to_owned(),
            Carrier::Audit => "the audit ring".to_owned(),
            Carrier::Slack => "time left over".to_owned(),
            Carrier::Handover => "handover of time".to_owned(),
            Carrier::Control => "commands to start, stop or pause".to_owned(),
        }
    }
}
