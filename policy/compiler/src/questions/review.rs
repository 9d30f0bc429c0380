//! A policy that questions are asked about.

use cloister_policy_format::Level;

use crate::{
    check::Run,
    compile::{self, Options},
    diagnostic::{Diagnostic, Findings, Severity},
    flow::{Graph, NodeIndex, NodeKind},
    model::{Policy, Subject},
    reader,
    source::{SourceFile, Span},
    tree::Tree,
};

/// A policy with all that questions need.
#[derive(Debug)]
pub struct Reviewed {
    /// Its text.
    pub source: SourceFile,
    /// Its tables.
    pub tree: Tree,
    /// Its model.
    pub policy: Policy,
    /// Its carrier graph.
    pub graph: Graph,
    /// What is wrong with it, in the order of the file.
    pub findings: Vec<Diagnostic>,
}

impl Reviewed {
    /// Reads and checks a policy. One with errors is understood as far as it can be.
    pub fn read(name: &str, text: &str) -> Self {
        let outcome = compile::check(name, text.as_bytes().to_vec(), &Options::default());
        // The findings are those of the checks; the tree alone is needed from this reading.
        let tree = reader::read(&outcome.source, &mut Findings::default());
        Self {
            source: outcome.source,
            tree,
            policy: outcome.policy,
            graph: outcome.graph,
            findings: outcome.diagnostics,
        }
    }

    /// The errors that keep the policy from being compiled.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// The errors that keep it from being understood as a whole.
    pub fn unreadable(&self) -> impl Iterator<Item = &Diagnostic> {
        self.errors().filter(|error| matches!(error.check.run, Run::Reading))
    }

    /// What a node is called.
    pub fn describe(&self, node: NodeIndex) -> String {
        let kind = self.graph.nodes.get(node.position()).map(|node| node.kind);
        kind.map_or_else(|| "?".to_owned(), |kind| self.policy.describe_node(kind))
    }

    /// The node of a world or component, or of an outside network, by its name.
    pub fn node_named(&self, name: &str) -> Option<NodeIndex> {
        let network = || {
            let position = self.graph.nodes.iter().position(|node| match node.kind {
                NodeKind::Network(network) => self
                    .policy
                    .networks
                    .get(network.position())
                    .is_some_and(|network| network.name.value == name),
                _ => false,
            })?;
            Some(NodeIndex(position as u32))
        };
        self.policy.subject_named(name).map(NodeIndex::from).or_else(network)
    }

    /// The names that [`Self::node_named`] knows.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let subjects = self.policy.subjects().map(|(_, subject)| subject.name().value.as_str());
        subjects.chain(self.policy.networks.iter().map(|network| network.name.value.as_str()))
    }

    /// Whether a node is where data comes from and goes to, not something that others only share.
    pub fn is_end(&self, node: NodeIndex) -> bool {
        self.graph.nodes.get(node.position()).is_some_and(|node| {
            matches!(node.kind, NodeKind::Subject(_) | NodeKind::Network(_) | NodeKind::Room)
        })
    }

    /// Whether a node is a trusted component.
    pub fn is_trusted(&self, node: NodeIndex) -> bool {
        match self.graph.nodes.get(node.position()).map(|node| node.kind) {
            Some(NodeKind::Subject(subject)) => {
                self.policy.subject(subject).is_some_and(Subject::is_trusted)
            }
            _ => false,
        }
    }

    /// The node's one level, if it has one.
    pub fn level(&self, node: NodeIndex) -> Option<Level> {
        let levels = self.graph.nodes.get(node.position())?.levels?;
        (levels.low == levels.high).then_some(levels.high)
    }

    /// A place as `desk.toml:40: [channel.news]`.
    pub fn cite(&self, span: Span) -> String {
        let line = self.source.position(span.start).line;
        format!("{}:{line}: {}", self.source.name, self.source.line(line).trim())
    }
}
