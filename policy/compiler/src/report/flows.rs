//! Who may tell whom, and why.

use std::collections::BTreeMap;

use cloister_policy_format::{Confirm, SubjectIndex, VirtualDevices};

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
        self.shared();
        if silent && outcome.policy.links.is_empty() {
            self.say("No subject may tell another anything by itself.");
        }
        self.unreached();
    }

    /// An edge in words, unless another sentence of the report tells of it.
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
            Carrier::Disk(_) | Carrier::Slack | Carrier::Handover | Carrier::Control => {
                Some(format!("{} {line}", policy.describe_carrier(edge.carrier)))
            }
            _ => None,
        }
    }

    /// The worlds that have a virtual device.
    fn with_device(&self, devices: &[VirtualDevices]) -> Vec<&str> {
        let worlds = self.outcome.policy.worlds.iter();
        worlds
            .filter(|world| devices.iter().any(|device| world.device(*device).is_some()))
            .map(|world| world.name.value.as_str())
            .collect()
    }

    /// Who uses each outside network.
    fn network_users(&self) -> Vec<Vec<&str>> {
        let policy = &self.outcome.policy;
        let mut users = vec![Vec::new(); policy.networks.len()];
        let worlds = policy.worlds.iter().flat_map(|world| {
            let name = world.name.value.as_str();
            world.networks.iter().map(move |usage| (usage.network.target, name))
        });
        let attester = policy.attestation.iter().filter_map(|attestation| {
            let network = attestation.network.as_ref()?;
            Some((network.target, name(&attestation.component)))
        });
        for (network, name) in worlds.chain(attester) {
            if let Some(users) = network.and_then(|network| users.get_mut(network.position())) {
                users.push(name);
            }
        }
        users
    }

    /// What several share, a sentence each.
    fn shared(&mut self) {
        let policy = &self.outcome.policy;
        let mut sentences = Vec::new();
        if let Some(display) = &policy.display {
            let (gui, line) = (name(&display.gui), self.line(display.span));
            let shown = self.with_device(&[VirtualDevices::DISPLAY, VirtualDevices::CONSOLE]);
            sentences.push(format!("{gui} shows {} on the trusted screen {line}.", listed(&shown)));
            let typed = self.with_device(&[VirtualDevices::INPUT]);
            sentences.push(format!(
                "Keyboard and mouse reach {}, always only the one that the user chose.",
                listed(&typed)
            ));
        }
        if let Some(level) = policy.audio {
            let (level, line) = (policy.lattice.describe(level.value), self.line(level.span));
            let heard = listed(&self.with_device(&[VirtualDevices::AUDIO]));
            let hearing = listed(&self.with_device(&[VirtualDevices::MICROPHONE]));
            sentences.push(format!("The room is {level} {line}; heard there: {heard}."));
            sentences.push(format!("Hearing the room: {hearing}."));
        }
        for (network, users) in policy.networks.iter().zip(self.network_users()) {
            let driver = network
                .driver
                .as_ref()
                .map_or_else(String::new, |driver| format!(", driven by {}", driver.name));
            let level = network
                .level
                .map_or_else(String::new, |level| policy.lattice.describe(level.value));
            let line = self.line(network.name.span);
            sentences.push(format!(
                "Outside network {}, which is {level}{driver}, is used by {} {line}.",
                network.name.value,
                listed(&users)
            ));
        }
        if let Some(reader) = &policy.log {
            let logging = listed(&self.with_device(&[VirtualDevices::LOG]));
            let line = self.line(reader.span);
            sentences.push(format!("{} reads the logs of {logging} {line}.", reader.name));
        }
        if let Some(reader) = &policy.audit {
            let line = self.line(reader.span);
            sentences.push(format!("{} reads the audit records about all {line}.", reader.name));
        }
        for sentence in sentences {
            self.say(sentence);
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
            "{} may send {kind} of at most {max}, at most {rate}, down to {}, through {} as guard {}, {} {line}.",
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
