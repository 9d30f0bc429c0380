//! Model to carrier graph: each kind of statement adds its edges.

use cloister_policy_format::{
    ImageIndex, LinkIndex, NetworkIndex, Role, SubjectIndex, VirtualDevices,
};

use super::{Carrier, Conduct, Edge, Node, NodeIndex, NodeKind};
use crate::{
    model::{Access, LevelRange, Policy, Subject, SubjectReference},
    source::Span,
};

struct Builder<'a> {
    policy: &'a Policy,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

/// The nodes and edges of a policy.
pub fn build(policy: &Policy) -> (Vec<Node>, Vec<Edge>) {
    let mut builder = Builder { policy, nodes: Vec::new(), edges: Vec::new() };
    builder.subjects();
    builder.channels();
    builder.links();
    builder.networks();
    builder.disks();
    builder.clipboard();
    builder.guards();
    builder.screen();
    builder.sound();
    builder.records();
    builder.time();
    builder.control();
    (builder.nodes, builder.edges)
}

fn target(reference: Option<&SubjectReference>) -> Option<NodeIndex> {
    reference.and_then(|reference| reference.target).map(NodeIndex::from)
}

impl Builder<'_> {
    fn node(&mut self, kind: NodeKind, levels: Option<LevelRange>, conduct: Conduct) -> NodeIndex {
        self.nodes.push(Node { kind, levels, conduct });
        NodeIndex(self.nodes.len() as u32 - 1)
    }

    fn edge(&mut self, from: NodeIndex, to: NodeIndex, carrier: Carrier, span: Span) {
        self.edges.push(Edge { from, to, carrier, span });
    }

    fn both(&mut self, a: NodeIndex, b: NodeIndex, carrier: Carrier, span: Span) {
        self.edge(a, b, carrier, span);
        self.edge(b, a, carrier, span);
    }

    fn subjects(&mut self) {
        for (index, subject) in self.policy.subjects() {
            let levels = subject.levels().map(|levels| levels.value);
            self.nodes.push(Node {
                kind: NodeKind::Subject(index),
                levels,
                conduct: conduct(subject),
            });
        }
    }

    fn channels(&mut self) {
        for (position, channel) in self.policy.channels.iter().enumerate() {
            let ends = (target(channel.from.as_ref()), target(channel.to.as_ref()));
            let (Some(from), Some(to)) = ends else { continue };
            let carrier = Carrier::Channel(position as u32);
            self.edge(from, to, carrier, channel.name.span);
            if channel.is_two_way() {
                self.edge(to, from, carrier, channel.name.span);
            }
        }
    }

    fn links(&mut self) {
        for (position, link) in self.policy.links.iter().enumerate() {
            let index = LinkIndex(position as u32);
            let hub = self.node(NodeKind::Link(index), None, Conduct::Passes);
            let carrier = Carrier::Link(index);
            for world in &link.worlds {
                if let Some(world_node) = target(Some(world)) {
                    self.both(world_node, hub, carrier, world.span);
                }
            }
            if let Some((node, from)) = target(link.from.as_ref()).zip(link.from.as_ref()) {
                self.edge(node, hub, carrier, from.span);
            }
            for to in &link.to {
                if let Some(node) = target(Some(to)) {
                    self.edge(hub, node, carrier, to.span);
                }
            }
        }
    }

    fn networks(&mut self) {
        let mut nodes = Vec::new();
        for (position, network) in self.policy.networks.iter().enumerate() {
            let index = NetworkIndex(position as u32);
            let levels =
                network.level.map(|level| LevelRange { low: level.value, high: level.value });
            let node = self.node(NodeKind::Network(index), levels, Conduct::Holds);
            if let Some((driver, reference)) =
                target(network.driver.as_ref()).zip(network.driver.as_ref())
            {
                self.both(driver, node, Carrier::Network(index), reference.span);
            }
            nodes.push(node);
        }
        let uses = self.policy.worlds.iter().enumerate().flat_map(|(world, statement)| {
            let place = |usage: &crate::model::NetworkUse| {
                (world, usage.network.target, usage.network.span)
            };
            statement.networks.iter().map(place).collect::<Vec<_>>()
        });
        for (world, network, span) in uses.collect::<Vec<_>>() {
            let Some(network) = network else { continue };
            self.both(
                NodeIndex(world as u32),
                nodes[network.position()],
                Carrier::Network(network),
                span,
            );
        }
        if let Some(attestation) = &self.policy.attestation
            && let Some(component) = target(attestation.component.as_ref())
            && let Some(reference) = &attestation.network
            && let Some(network) = reference.target
        {
            let carrier = Carrier::Network(network);
            self.both(component, nodes[network.position()], carrier, reference.span);
        }
    }

    fn disks(&mut self) {
        let mut nodes = Vec::new();
        for (position, image) in self.policy.images.iter().enumerate() {
            let written = image.disk.is_some()
                && image.disk_access.is_some_and(|access| access.value == Access::ReadWrite);
            let kind = NodeKind::Disk(ImageIndex(position as u32));
            nodes.push(written.then(|| self.node(kind, None, Conduct::Passes)));
        }
        for (world, statement) in self.policy.worlds.iter().enumerate() {
            let Some(reference) = &statement.image else { continue };
            let Some(image) = reference.target else { continue };
            if let Some(node) = nodes[image.position()] {
                let carrier = Carrier::Disk(image);
                self.both(NodeIndex(world as u32), node, carrier, reference.span);
            }
        }
    }

    fn clipboard(&mut self) {
        for (position, rule) in self.policy.clipboard.iter().enumerate() {
            let position = position as u32;
            let hub = self.node(NodeKind::Clipboard(position), None, Conduct::Passes);
            let carrier = Carrier::Clipboard(position);
            for from in &rule.from {
                if let Some(node) = target(Some(from)) {
                    self.edge(node, hub, carrier, from.span);
                }
            }
            for to in &rule.to {
                if let Some(node) = target(Some(to)) {
                    self.edge(hub, node, carrier, to.span);
                }
            }
        }
    }

    fn guards(&mut self) {
        for (position, guard) in self.policy.guards.iter().enumerate() {
            let Some(component) = target(guard.component.as_ref()) else { continue };
            let position = position as u32;
            if let Some(from) = target(guard.from.as_ref()) {
                self.edge(from, component, Carrier::GuardInput(position), guard.name.span);
            }
            if let Some(to) = target(guard.to.as_ref()) {
                self.edge(component, to, Carrier::GuardOutput(position), guard.name.span);
            }
        }
    }

    fn screen(&mut self) {
        let gui = self.policy.display.as_ref().and_then(|display| target(display.gui.as_ref()));
        let Some(gui) = gui else { return };
        for (world, statement) in self.policy.worlds.iter().enumerate() {
            let world = NodeIndex(world as u32);
            for device in [VirtualDevices::DISPLAY, VirtualDevices::CONSOLE] {
                if let Some(span) = statement.device(device) {
                    self.edge(world, gui, Carrier::Display, span);
                }
            }
            if let Some(span) = statement.device(VirtualDevices::INPUT) {
                self.edge(gui, world, Carrier::Input, span);
            }
        }
    }

    fn sound(&mut self) {
        let Some(level) = self.policy.audio else { return };
        let levels = LevelRange { low: level.value, high: level.value };
        let room = self.node(NodeKind::Room, Some(levels), Conduct::Holds);
        for (world, statement) in self.policy.worlds.iter().enumerate() {
            let world = NodeIndex(world as u32);
            if let Some(span) = statement.device(VirtualDevices::AUDIO) {
                self.edge(world, room, Carrier::Audio, span);
            }
            if let Some(span) = statement.device(VirtualDevices::MICROPHONE) {
                self.edge(room, world, Carrier::Microphone, span);
            }
        }
    }

    fn records(&mut self) {
        if let Some(reader) = target(self.policy.log.as_ref()) {
            for (world, statement) in self.policy.worlds.iter().enumerate() {
                if let Some(span) = statement.device(VirtualDevices::LOG) {
                    self.edge(NodeIndex(world as u32), reader, Carrier::Log, span);
                }
            }
        }
        if let Some((reader, reference)) =
            target(self.policy.audit.as_ref()).zip(self.policy.audit.as_ref())
        {
            let ring = self.node(NodeKind::AuditRing, None, Conduct::Passes);
            for (index, _) in self.policy.subjects() {
                let subject = NodeIndex::from(index);
                if subject != reader {
                    self.edge(subject, ring, Carrier::Audit, reference.span);
                }
            }
            self.edge(ring, reader, Carrier::Audit, reference.span);
        }
    }

    fn time(&mut self) {
        let handover = |subject: Subject<'_>| match subject {
            Subject::Component(component) => component.handover_to.clone(),
            Subject::World(_) => None,
        };
        let gifts: Vec<(SubjectIndex, Option<SubjectReference>, Option<SubjectReference>)> = self
            .policy
            .subjects()
            .map(|(index, subject)| (index, subject.slack_to().cloned(), handover(subject)))
            .collect();
        for (index, slack, handover) in gifts {
            let giver = NodeIndex::from(index);
            if let Some((taker, reference)) = target(slack.as_ref()).zip(slack.as_ref()) {
                self.edge(giver, taker, Carrier::Slack, reference.span);
            }
            if let Some((server, reference)) = target(handover.as_ref()).zip(handover.as_ref()) {
                self.both(giver, server, Carrier::Handover, reference.span);
            }
        }
    }
}

impl Builder<'_> {
    /// Commands go one way: who gives them learns nothing of what came of them.
    fn control(&mut self) {
        let components = self.policy.components.iter().zip(self.policy.worlds.len() as u32..);
        for (component, giver) in components {
            for control in &component.controls {
                if let Some(target) = target(Some(&control.target)) {
                    self.edge(NodeIndex(giver), target, Carrier::Control, control.target.span);
                }
            }
        }
    }
}

fn conduct(subject: Subject<'_>) -> Conduct {
    match subject {
        Subject::Component(component) if component.is_trusted() => match component.role() {
            Role::Gui | Role::Separator => Conduct::Separates,
            _ => Conduct::Passes,
        },
        _ => Conduct::Holds,
    }
}
