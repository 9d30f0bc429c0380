//! What checks look at.

use cloister_policy_format::SubjectIndex;

use crate::{
    date::Day,
    flow::{Graph, NodeIndex},
    model::{LevelRange, Policy},
    source::SourceFile,
};

/// A policy to check.
#[derive(Debug)]
pub struct Context<'a> {
    /// Its text.
    pub source: &'a SourceFile,
    /// Its model.
    pub policy: &'a Policy,
    /// Everything by which data can get from one place to another.
    pub graph: &'a Graph,
    /// The day on which it is checked.
    pub today: Day,
}

impl Context<'_> {
    /// A subject with its level, such as `` `office` (secret) ``.
    pub fn subject(&self, subject: SubjectIndex) -> String {
        self.node(NodeIndex::from(subject))
    }

    /// A node of the graph with its level.
    pub fn node(&self, node: NodeIndex) -> String {
        let Some(node) = self.graph.nodes.get(node.position()) else { return "?".to_owned() };
        let name = self.policy.describe_node(node.kind);
        node.levels
            .map_or_else(|| name.clone(), |levels| format!("{name} ({})", self.levels(levels)))
    }

    /// A level, or two with `to` between.
    pub fn levels(&self, levels: LevelRange) -> String {
        let describe = |level| self.policy.lattice.describe(level);
        if levels.low == levels.high {
            describe(levels.low)
        } else {
            format!("{} to {}", describe(levels.low), describe(levels.high))
        }
    }
}
