//! Model to records: every default filled in, every two-way statement split, everything in order.

use std::collections::BTreeMap;

use cloister_policy_format::{
    Attestation, Channel, Classification, ClipboardEnd, ClipboardRule, ClipboardRuleIndex, Color,
    Commands, Compartment, Component, Confirm, ControlRight, CpuIndex, CpuSet, Device,
    DeviceSelector, Display, EncodeError, File, FileIndex, Flags, Framebuffer, Guard, Image, Key,
    KeyChord, LegacyDevice, Link, LinkIndex, LinkMember, Machine, MinorFrame, MmioRegion,
    Modifiers, MsrRange, Network, NetworkIndex, NetworkPort, Officer, PortRange, Rate,
    SiblingGroup, Side, Sinks, SubjectIndex, System, World,
};
use sha2::{Digest, Sha256};

use super::{
    Sections,
    channels::{GeneratedChannel, generate},
};
use crate::{
    checks::{images::files, memory::display_size},
    color::readable_text,
    footprint::{DEFAULT_MONITOR_BYTES, DEFAULT_STACK_BYTES, framebuffer},
    model::{self, Access, Policy, SubjectReference},
    occupancy::{DEFAULT_SWITCH_COST, slots},
    source::Located,
};

/// A policy as records, but for names that the records borrow.
pub struct Lowered<'a> {
    policy: &'a Policy,
    files: Vec<File<'a>>,
    positions: BTreeMap<&'a str, FileIndex>,
    channels: Vec<GeneratedChannel>,
    guard_channels: Vec<(u32, u32)>,
    capitals: Vec<String>,
}

/// Makes the records, unless a file was not looked at.
pub fn lower(policy: &Policy) -> Option<Lowered<'_>> {
    let mut found: BTreeMap<&str, File<'_>> = BTreeMap::new();
    for reference in files(policy) {
        let content = reference.found?;
        let name = reference.file.value.as_str();
        let file = File { name, kind: content.kind, sha256: content.sha256, size: content.size };
        found.insert(name, file);
    }
    let positions = found
        .keys()
        .enumerate()
        .map(|(position, name)| (*name, FileIndex(position as u32)))
        .collect();
    let (channels, guard_channels) = generate(policy);
    let capitals =
        policy.lattice.compartments.iter().map(|name| name.value.to_uppercase()).collect();
    Some(Lowered {
        policy,
        files: found.into_values().collect(),
        positions,
        channels,
        guard_channels,
        capitals,
    })
}

fn value<T: Copy>(located: Option<Located<T>>, absent: T) -> T {
    located.map_or(absent, |located| located.value)
}

fn target(reference: Option<&SubjectReference>) -> Option<SubjectIndex> {
    reference.and_then(|reference| reference.target)
}

fn sound(reference: Option<&SubjectReference>) -> SubjectIndex {
    target(reference).unwrap_or_default()
}

fn text<'a>(given: Option<&'a Located<String>>, absent: &'a str) -> &'a str {
    given.map_or(absent, |given| &given.value)
}

fn cpu_set(cpus: &[Located<CpuIndex>]) -> CpuSet {
    cpus.iter().fold(CpuSet::default(), |set, cpu| set.with(cpu.value))
}

/// A locally administered unicast address (IEEE 802, section 8.4) that only the names determine.
fn mac(network: &str, subject: &str) -> [u8; 6] {
    let digest = Sha256::digest(format!("cloister adapter\n{network}\n{subject}"));
    [0x02, digest[0], digest[1], digest[2], digest[3], digest[4]]
}

impl Lowered<'_> {
    /// Writes all records.
    pub fn write(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        self.system(sections)?;
        self.lattice(sections)?;
        self.images(sections)?;
        self.worlds(sections)?;
        self.components(sections)?;
        self.devices(sections)?;
        self.networks(sections)?;
        self.channels(sections)?;
        self.transfers(sections)?;
        self.schedule(sections)?;
        self.people(sections)
    }

    fn file(&self, reference: Option<&model::FileReference>) -> Option<FileIndex> {
        self.positions.get(reference?.file.value.as_str()).copied()
    }

    fn system(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        let (policy, system) = (self.policy, &self.policy.system);
        let mut flags = Flags::default();
        for (on, flag) in [
            (system.is_strict(), Flags::STRICT),
            (system.is_debug(), Flags::DEBUG),
            (system.allows_unsafe_dma(), Flags::UNSAFE_DMA),
        ] {
            if on {
                flags = flags.union(flag);
            }
        }
        sections.push(&System {
            name: text(system.name.as_ref(), ""),
            version: value(system.version, 0),
            flags,
            major_frame: value(policy.schedule.major_frame, 0),
            officers_required: value(policy.officers.required, 0) as u8,
            sinks: Sinks { log: target(policy.log.as_ref()), audit: target(policy.audit.as_ref()) },
            monitor: self.file(system.monitor.as_ref()),
        })?;
        sections.push(&Machine {
            memory: value(policy.machine.memory, 0),
            cpus: value(policy.machine.cpus, 0) as u8,
            iommu: value(policy.machine.iommu, true),
            switch_cost: value(policy.machine.switch_cost, DEFAULT_SWITCH_COST),
        })?;
        let mut groups: Vec<SiblingGroup> = policy
            .machine
            .siblings
            .iter()
            .map(|group| SiblingGroup { cpus: cpu_set(&group.value) })
            .filter(|group| group.cpus.len() > 1)
            .collect();
        groups.sort_by_key(|group| group.cpus.0.trailing_zeros());
        groups.iter().try_for_each(|group| sections.push(group))
    }

    fn lattice(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        let lattice = &self.policy.lattice;
        for name in &lattice.classifications {
            let marking = lattice.markings.iter().find(|it| it.name.value == name.value);
            let white = Color { red: 255, green: 255, blue: 255 };
            let color = marking.map_or(white, |it| value(it.color, white));
            sections.push(&Classification {
                name: &name.value,
                long: text(marking.and_then(|it| it.long.as_ref()), &name.value),
                short: text(marking.and_then(|it| it.short.as_ref()), &name.value),
                color,
                text_color: value(marking.and_then(|it| it.text_color), readable_text(color)),
                pattern: marking
                    .map_or_else(Default::default, |it| value(it.pattern, Default::default())),
            })?;
        }
        for (name, capitals) in lattice.compartments.iter().zip(&self.capitals) {
            let texts = lattice.compartment_texts.iter().find(|it| it.name.value == name.value);
            sections.push(&Compartment {
                name: &name.value,
                long: text(texts.and_then(|it| it.long.as_ref()), capitals),
                short: text(texts.and_then(|it| it.short.as_ref()), capitals),
            })?;
        }
        Ok(())
    }

    fn images(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        for file in &self.files {
            sections.push(file)?;
        }
        for image in &self.policy.images {
            sections.push(&Image {
                name: &image.name.value,
                kernel: self.file(image.kernel.as_ref()).unwrap_or_default(),
                initrd: self.file(image.initrd.as_ref()),
                disk: self.file(image.disk.as_ref()),
                disk_writable: value(image.disk_access, Access::Fresh) == Access::ReadWrite,
                command_line: text(image.command_line.as_ref(), ""),
            })?;
        }
        Ok(())
    }

    fn worlds(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        for world in &self.policy.worlds {
            let screen = framebuffer(self.policy, world);
            sections.push(&World {
                name: &world.name.value,
                level: value(world.level, Default::default()),
                image: world.image.as_ref().and_then(|image| image.target).unwrap_or_default(),
                memory: value(world.memory, 0),
                monitor_memory: value(world.monitor_memory, DEFAULT_MONITOR_BYTES),
                cpus: cpu_set(&world.cpus),
                devices: world.device_set(),
                framebuffer: screen.map(|(width, height)| Framebuffer { width, height }),
                restart: value(world.restart, Default::default()),
                autostart: value(world.autostart, true),
                slack_to: target(world.slack_to.as_ref()),
            })?;
        }
        Ok(())
    }

    fn components(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        for (position, component) in self.policy.components.iter().enumerate() {
            let subject = SubjectIndex((self.policy.worlds.len() + position) as u32);
            let levels = component.levels.map(|levels| levels.value);
            sections.push(&Component {
                name: &component.name.value,
                role: component.role(),
                trusted: component.is_trusted(),
                low: levels.map_or_else(Default::default, |levels| levels.low),
                high: levels.map_or_else(Default::default, |levels| levels.high),
                program: self.file(component.program.as_ref()).unwrap_or_default(),
                memory: value(component.memory, 0),
                stack: value(component.stack, DEFAULT_STACK_BYTES),
                cpus: cpu_set(&component.cpus),
                restart: value(component.restart, Default::default()),
                slack_to: target(component.slack_to.as_ref()),
                handover_to: target(component.handover_to.as_ref()),
            })?;
            for range in &component.ports {
                let (first, last) = (range.value.first, range.value.last);
                sections.push(&PortRange { subject, first, last })?;
            }
            for range in &component.msrs {
                let model::MsrRange { first, last, access } = range.value;
                sections.push(&MsrRange { subject, first, last, access })?;
            }
            for region in &component.mmio {
                let model::MmioRegion { address, size } = region.value;
                sections.push(&MmioRegion { subject, address, size })?;
            }
            for control in &component.controls {
                let (target, commands) = (sound(Some(&control.target)), control.command_set());
                // An empty list gives nothing.
                if commands != Commands::default() {
                    sections.push(&ControlRight { subject, target, commands })?;
                }
            }
        }
        Ok(())
    }

    fn devices(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        let worlds = self.policy.worlds.len();
        for device in &self.policy.devices {
            let Some(selector) = device.selectors.first() else { continue };
            let owner = sound(device.owner.as_ref());
            sections.push(&Device {
                name: &device.name.value,
                selector: selector.value,
                owner,
                iommu_group: device.iommu_group.map(|group| group.value),
                dma: device.does_dma(),
                interrupt: device
                    .interrupt
                    .as_ref()
                    .and_then(|interrupt| interrupt.value.line)
                    .map(|line| line.value),
            })?;
            if let DeviceSelector::Legacy(legacy) = selector.value
                && owner.position() >= worlds
            {
                // Port 0x61 lies between the keyboard controller's two and belongs to the timer.
                let ranges: &[(u16, u16)] = match legacy {
                    LegacyDevice::KeyboardController => &[(0x60, 0x60), (0x64, 0x64)],
                    LegacyDevice::RealTimeClock | LegacyDevice::SerialPort | LegacyDevice::Vga => {
                        &[legacy.ports()]
                    }
                };
                for &(first, last) in ranges {
                    sections.push(&PortRange { subject: owner, first, last })?;
                }
            }
        }
        Ok(())
    }

    fn networks(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        for (position, link) in self.policy.links.iter().enumerate() {
            let index = LinkIndex(position as u32);
            sections.push(&Link { name: &link.name.value, one_way: link.from.is_some() })?;
            let both = link.worlds.iter().map(|world| (world, true, true));
            let from = link.from.iter().map(|world| (world, true, false));
            let to = link.to.iter().map(|world| (world, false, true));
            for (world, sends, receives) in from.chain(both).chain(to) {
                sections.push(&LinkMember {
                    link: index,
                    world: sound(Some(world)),
                    sends,
                    receives,
                    mac: mac(&link.name.value, &world.name),
                })?;
            }
        }
        for network in &self.policy.networks {
            sections.push(&Network {
                name: &network.name.value,
                level: value(network.level, Default::default()),
                driver: target(network.driver.as_ref()),
            })?;
        }
        let mut ports = Vec::new();
        for (world, statement) in self.policy.worlds.iter().enumerate() {
            for usage in &statement.networks {
                let network = usage.network.target.unwrap_or_default();
                ports.push((network, SubjectIndex(world as u32), &statement.name.value));
            }
        }
        if let Some(attestation) = &self.policy.attestation
            && let Some(network) = attestation.network.as_ref().and_then(|it| it.target)
            && let Some(component) = &attestation.component
        {
            ports.push((network, sound(Some(component)), &component.name));
        }
        ports.sort_by_key(|(network, subject, _)| (*network, *subject));
        for (network, subject, name) in ports {
            let mac = mac(self.network_name(network), name);
            sections.push(&NetworkPort { network, subject, mac })?;
        }
        Ok(())
    }

    fn network_name(&self, network: NetworkIndex) -> &str {
        self.policy.networks.get(network.position()).map_or("", |network| &network.name.value)
    }

    fn channels(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        for channel in &self.channels {
            sections.push(&Channel {
                name: &channel.name,
                writer: channel.writer,
                reader: channel.reader,
                kind: channel.kind,
                size: channel.size,
                event: channel.event.as_deref(),
                writer_address: channel.writer_address,
                reader_address: channel.reader_address,
                origin: channel.origin,
            })?;
        }
        Ok(())
    }

    fn transfers(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        const MINUTE: u64 = 60_000_000_000;
        for (position, rule) in self.policy.clipboard.iter().enumerate() {
            sections.push(&ClipboardRule {
                name: &rule.name.value,
                max: value(rule.max, 64 << 10),
                timeout: value(rule.timeout, MINUTE),
                confirm: value(rule.confirm, Confirm::UserSeesContent),
            })?;
            for (side, worlds) in [(Side::From, &rule.from), (Side::To, &rule.to)] {
                let mut members: Vec<SubjectIndex> =
                    worlds.iter().filter_map(|world| world.target).collect();
                members.sort_unstable();
                for world in members {
                    let rule = ClipboardRuleIndex(position as u32);
                    sections.push(&ClipboardEnd { rule, world, side })?;
                }
            }
        }
        for (guard, channels) in self.policy.guards.iter().zip(&self.guard_channels) {
            sections.push(&Guard {
                name: &guard.name.value,
                from: sound(guard.from.as_ref()),
                to: sound(guard.to.as_ref()),
                component: sound(guard.component.as_ref()),
                input: cloister_policy_format::ChannelIndex(channels.0),
                output: cloister_policy_format::ChannelIndex(channels.1),
                content_type: text(guard.content.media_type.as_ref(), ""),
                charset: value(guard.content.charset, Default::default()),
                max: value(guard.content.max, 0),
                rate: value(guard.content.rate, Rate { count: 0, per: 0 }),
                confirm: value(guard.confirm, Confirm::UserSeesContent),
                expires: value(guard.expires, 0),
                because: text(guard.because.as_ref(), ""),
            })?;
        }
        Ok(())
    }

    fn schedule(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        for slot in slots(self.policy) {
            sections.push(&MinorFrame {
                cpu: slot.cpu,
                start: slot.start,
                duration: slot.end.saturating_sub(slot.start),
                subject: slot.subject,
                barrier: slot.barrier,
            })?;
        }
        Ok(())
    }

    fn people(&self, sections: &mut Sections) -> Result<(), EncodeError> {
        if let Some(display) = &self.policy.display {
            let (width, height) = display_size(display);
            let held = Modifiers::CONTROL.union(Modifiers::ALT);
            sections.push(&Display {
                gui: sound(display.gui.as_ref()),
                highest: value(display.highest, Default::default()),
                width,
                height,
                secure_attention: value(
                    display.secure_attention,
                    KeyChord { modifiers: held, key: Key::Break },
                ),
                keyboard: value(display.keyboard, Default::default()),
                large_text: value(display.large_text, false),
            })?;
        }
        if let Some(attestation) = &self.policy.attestation {
            sections.push(&Attestation {
                component: sound(attestation.component.as_ref()),
                network: attestation.network.as_ref().and_then(|network| network.target),
                port: value(attestation.port, 4433) as u16,
                tpm: value(attestation.tpm, Default::default()),
            })?;
        }
        let author = self.policy.officers.author.as_ref().map(|author| author.value.as_str());
        for officer in &self.policy.officers.keys {
            sections.push(&Officer {
                name: &officer.name.value,
                key: value(officer.key, [0; 32]),
                author: author == Some(officer.name.value.as_str()),
            })?;
        }
        Ok(())
    }
}
