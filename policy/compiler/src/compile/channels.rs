//! Every channel that a policy makes: declared ones, and those of links, networks, guards and the
//! worlds' devices.

use cloister_policy_format::{
    ChannelKind, ChannelOrigin, LinkIndex, NetworkIndex, SubjectIndex, VirtualDevices,
};

use crate::{
    checks::{channels::DEFAULT_LINK_SIZE, guards::DEFAULT_SIZE as DEFAULT_GUARD_SIZE},
    footprint::{INPUT_BYTES, NETWORK_BYTES, TEXT_BYTES, framebuffer},
    model::{Policy, SourceChannelKind, SubjectReference},
};

/// A channel with a name of its own.
pub struct GeneratedChannel {
    /// The declared name, or what it serves.
    pub name: String,
    /// Who writes.
    pub writer: SubjectIndex,
    /// Who reads.
    pub reader: SubjectIndex,
    /// How its bytes are laid out.
    pub kind: ChannelKind,
    /// Length in bytes.
    pub size: u64,
    /// The event that the writer may raise.
    pub event: Option<String>,
    /// Where a writing world sees it.
    pub writer_address: Option<u64>,
    /// Where a reading world sees it.
    pub reader_address: Option<u64>,
    /// What it comes from.
    pub origin: ChannelOrigin,
}

/// All channels in the order of the compiled policy, and for each guard its two.
pub fn generate(policy: &Policy) -> (Vec<GeneratedChannel>, Vec<(u32, u32)>) {
    let mut channels = Vec::new();
    declared(policy, &mut channels);
    links(policy, &mut channels);
    networks(policy, &mut channels);
    let guards = guards(policy, &mut channels);
    devices(policy, &mut channels);
    (channels, guards)
}

fn target(reference: &Option<SubjectReference>) -> SubjectIndex {
    reference.as_ref().and_then(|reference| reference.target).unwrap_or_default()
}

fn plain(
    name: String,
    (writer, reader): (SubjectIndex, SubjectIndex),
    kind: ChannelKind,
    size: u64,
    origin: ChannelOrigin,
) -> GeneratedChannel {
    GeneratedChannel {
        event: Some(name.clone()),
        name,
        writer,
        reader,
        kind,
        size,
        writer_address: None,
        reader_address: None,
        origin,
    }
}

fn declared(policy: &Policy, channels: &mut Vec<GeneratedChannel>) {
    for channel in &policy.channels {
        let kind = match channel.kind() {
            SourceChannelKind::FileDrop => ChannelKind::FileDrop,
            SourceChannelKind::Ring | SourceChannelKind::Dialogue => ChannelKind::Ring,
        };
        let there = GeneratedChannel {
            name: channel.name.value.clone(),
            writer: target(&channel.from),
            reader: target(&channel.to),
            kind,
            size: channel.size.map_or(0, |size| size.value),
            event: channel.event.as_ref().map(|event| event.value.clone()),
            writer_address: channel.from_address.map(|address| address.value),
            reader_address: channel.to_address.map(|address| address.value),
            origin: ChannelOrigin::Declared,
        };
        let back = channel.is_two_way().then(|| GeneratedChannel {
            name: format!("{}:back", there.name),
            writer: there.reader,
            reader: there.writer,
            event: there.event.clone(),
            writer_address: None,
            reader_address: None,
            ..there
        });
        channels.push(there);
        channels.extend(back);
    }
}

fn links(policy: &Policy, channels: &mut Vec<GeneratedChannel>) {
    for (position, link) in policy.links.iter().enumerate() {
        let size = link.size.map_or(DEFAULT_LINK_SIZE, |size| size.value);
        let origin = ChannelOrigin::Link(LinkIndex(position as u32));
        let mut connect = |from: &SubjectReference, to: &SubjectReference| {
            let name = format!("{}:{}>{}", link.name.value, from.name, to.name);
            let ends = (from.target.unwrap_or_default(), to.target.unwrap_or_default());
            channels.push(plain(name, ends, ChannelKind::Network, size, origin));
        };
        for from in &link.worlds {
            for to in link.worlds.iter().filter(|to| to.target != from.target) {
                connect(from, to);
            }
        }
        if let Some(from) = &link.from {
            for to in &link.to {
                connect(from, to);
            }
        }
    }
}

fn networks(policy: &Policy, channels: &mut Vec<GeneratedChannel>) {
    let mut connect = |network: NetworkIndex, subject: SubjectIndex, name: &str| {
        let Some(outside) = policy.networks.get(network.position()) else { return };
        let Some(driver) = outside.driver.as_ref().and_then(|driver| driver.target) else { return };
        if driver == subject {
            return;
        }
        let origin = ChannelOrigin::Network(network);
        for (arrow, ends) in [("out", (subject, driver)), ("in", (driver, subject))] {
            let name = format!("{}:{name}:{arrow}", outside.name.value);
            channels.push(plain(name, ends, ChannelKind::Network, NETWORK_BYTES, origin));
        }
    };
    for (world, statement) in policy.worlds.iter().enumerate() {
        for usage in &statement.networks {
            let Some(network) = usage.network.target else { continue };
            connect(network, SubjectIndex(world as u32), &statement.name.value);
        }
    }
    if let Some(attestation) = &policy.attestation
        && let Some(network) = attestation.network.as_ref().and_then(|it| it.target)
        && let Some(component) = &attestation.component
        && let Some(subject) = component.target
    {
        connect(network, subject, &component.name);
    }
}

fn guards(policy: &Policy, channels: &mut Vec<GeneratedChannel>) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    for (position, guard) in policy.guards.iter().enumerate() {
        let size = guard.size.map_or(DEFAULT_GUARD_SIZE, |size| size.value);
        let origin = ChannelOrigin::Guard(position as u32);
        let component = target(&guard.component);
        let first = channels.len() as u32;
        for (arrow, ends) in
            [("in", (target(&guard.from), component)), ("out", (component, target(&guard.to)))]
        {
            let name = format!("{}:{arrow}", guard.name.value);
            channels.push(plain(name, ends, ChannelKind::Ring, size, origin));
        }
        pairs.push((first, first + 1));
    }
    pairs
}

fn devices(policy: &Policy, channels: &mut Vec<GeneratedChannel>) {
    let gui = policy.display.as_ref().map(|display| target(&display.gui));
    let log = policy.log.as_ref().and_then(|log| log.target);
    for (position, world) in policy.worlds.iter().enumerate() {
        let subject = SubjectIndex(position as u32);
        let screen = framebuffer(policy, world).map_or(0, |(width, height)| {
            (u64::from(width) * u64::from(height) * 4).next_power_of_two()
        });
        let shown = gui.map(|gui| (subject, gui));
        let typed = gui.map(|gui| (gui, subject));
        let logged = log.map(|log| (subject, log)).filter(|(from, to)| from != to);
        for (device, suffix, ends, kind, size) in [
            (VirtualDevices::DISPLAY, "display", shown, ChannelKind::Framebuffer, screen),
            (VirtualDevices::CONSOLE, "console", shown, ChannelKind::Log, TEXT_BYTES),
            (VirtualDevices::INPUT, "input", typed, ChannelKind::Input, INPUT_BYTES),
            (VirtualDevices::LOG, "log", logged, ChannelKind::Log, TEXT_BYTES),
        ] {
            let Some(ends) = ends.filter(|_| world.device(device).is_some()) else { continue };
            let name = format!("{}:{suffix}", world.name.value);
            channels.push(plain(name, ends, kind, size, ChannelOrigin::Device));
        }
    }
}
