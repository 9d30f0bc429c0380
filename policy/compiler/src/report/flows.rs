//! Who may tell whom, and why.

use std::collections::BTreeMap;

use cloister_policy_format::{Confirm, SubjectIndex};

use super::{Report, listed, until};
use crate::{
    checks::guards::moves_by_itself,
    flow::{Carrier, Edge, NodeIndex, NodeKind},
    model::{Guard, SubjectReference},
    reader::{show_duration, show_rate, show_size},
};

fn name(reference: &Option<SubjectReference>) -> &str {
    reference.as_ref().map_or("nobody", |reference| &reference.name)
}

fn names(references: &[SubjectReference]) -> String {
    let names: Vec<&str> = references.iter().map(|reference| reference.name.as_str()).collect();
    listed(&names)
}

impl Report<'_> {
    pub(super) fn flows(&mut self) {
        self.heading("WHO MAY TELL WHOM");
        let outcome = self.outcome;
        let mut silent = true;
        for (position, node) in outcome.graph.nodes.iter().enumerate() {
            let NodeKind::Subject(_) = node.kind else { continue };
            let mut told: BTreeMap<NodeIndex, Vec<String>> = BTreeMap::new();
            for edge in outcome.graph.outgoing(NodeIndex(position as u32)) {
                if let Some(way) = self.way(edge) {
                    told.entry(edge.to).or_default().push(way);
                }
            }
            for (to, ways) in told {
                silent = false;
                let to = outcome.policy.describe_node(outcome.graph.nodes[to.position()].kind);
                let from = outcome.policy.describe_node(node.kind);
                let sentence = format!("{from} may tell {to}: by {}.", listed(&ways));
                self.say(sentence.replace('`', ""));
            }
        }
        self.links();
        if silent && outcome.policy.links.is_empty() {
            self.say("Nobody may tell anyone anything.");
        }
        self.unreached();
    }

    /// An edge in words, unless another part of the report tells of it.
    fn way(&self, edge: &Edge) -> Option<String> {
        let policy = &self.outcome.policy;
        let line = self.line(edge.span);
        match edge.carrier {
            Carrier::Channel(position) => {
                let channel = policy.channels.get(position as usize)?;
                let because = channel
                    .because
                    .as_ref()
                    .map_or_else(String::new, |because| format!(", because: {}", because.value));
                Some(format!("{} {line}{because}", policy.describe_carrier(edge.carrier)))
            }
            Carrier::Link(_) | Carrier::Clipboard(_) | Carrier::Audit => None,
            Carrier::GuardInput(_) | Carrier::GuardOutput(_) => None,
            _ => Some(format!("{} {line}", policy.describe_carrier(edge.carrier))),
        }
    }

    fn links(&mut self) {
        for link in &self.outcome.policy.links {
            let line = self.line(link.name.span);
            if link.from.is_some() {
                self.say(format!(
                    "{} may send to {} over link {}, one way {line}.",
                    name(&link.from),
                    names(&link.to),
                    link.name.value
                ));
            } else {
                self.say(format!(
                    "{} talk to each other over link {} {line}.",
                    names(&link.worlds),
                    link.name.value
                ));
            }
        }
        if let Some(reader) = &self.outcome.policy.audit {
            let line = self.line(reader.span);
            self.say(format!("{} reads the audit records about all {line}.", reader.name));
        }
    }

    /// The worlds that nobody can tell anything, which is what officers ask first.
    fn unreached(&mut self) {
        let graph = &self.outcome.graph;
        let (mut typed, mut silent) = (Vec::new(), Vec::new());
        for (position, world) in self.outcome.policy.worlds.iter().enumerate() {
            let node = NodeIndex::from(SubjectIndex(position as u32));
            let name = world.name.value.as_str();
            if graph.incoming(node).next().is_none() {
                silent.push(name);
            } else if graph.incoming(node).all(|edge| edge.carrier == Carrier::Input) {
                typed.push(name);
            }
        }
        if !typed.is_empty() {
            self.say(format!("Nothing but keyboard and mouse reaches {}.", listed(&typed)));
        }
        if !silent.is_empty() {
            self.say(format!("Nothing reaches {}.", listed(&silent)));
        }
    }

    pub(super) fn guards(&mut self) {
        self.heading("WHAT MAY GO DOWN");
        let guards = &self.outcome.policy.guards;
        if guards.is_empty() {
            self.say("Nothing.");
        }
        for guard in guards {
            self.guard(guard);
        }
    }

    fn guard(&mut self, guard: &Guard) {
        let content = &guard.content;
        let kind = content.media_type.as_ref().map_or("", |it| &it.value);
        let max = content.max.map_or_else(String::new, |max| show_size(max.value));
        let rate = content.rate.map_or_else(String::new, |rate| show_rate(rate.value));
        let line = self.line(guard.name.span);
        self.say(format!(
            "{} may send {kind} of at most {max}, at most {rate}, down to {}, through {} as guard {} {}, {line}.",
            name(&guard.from),
            name(&guard.to),
            name(&guard.component),
            guard.name.value,
            guard.expires.map_or_else(String::new, |day| until(day.value))
        ));
        let confirm = match guard.confirm.map(|confirm| confirm.value) {
            Some(Confirm::UserSeesContent) => "The user sees the content and says yes.",
            Some(Confirm::UserConfirms) => "The user says yes, without seeing the content.",
            _ => "Nobody is asked.",
        };
        self.say(format!("  {confirm}"));
        if moves_by_itself(guard) {
            self.say("  The component alone decides.");
        }
        if let Some(because) = &guard.because {
            self.say(format!("  Reason: {}.", because.value.trim_end_matches('.')));
        }
    }

    pub(super) fn clipboard(&mut self) {
        self.heading("THE CLIPBOARD");
        let rules = &self.outcome.policy.clipboard;
        if rules.is_empty() {
            self.say("Nothing can be copied from world to world.");
        }
        for rule in rules {
            let line = self.line(rule.name.span);
            let max = rule.max.map_or(64 << 10, |max| max.value);
            let timeout = rule.timeout.map_or(60_000_000_000, |timeout| timeout.value);
            self.say(format!(
                "What the user copies in {} can be pasted into {}: at most {}, within {} {line}.",
                names(&rule.from),
                names(&rule.to),
                show_size(max),
                show_duration(timeout)
            ));
        }
    }
}
