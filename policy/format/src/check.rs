//! What must hold of each record, beyond being a value of its type.

use crate::{
    Attestation, Channel, ChannelOrigin, Classification, ClipboardEnd, ClipboardRule, Commands,
    Compartment, CompartmentSet, Component, ControlRight, Counts, CpuSet, Device, DeviceSelector,
    Display, File, Flags, Guard, Image, Level, Link, LinkMember, Machine, MinorFrame, MmioRegion,
    Modifiers, MsrRange, Network, NetworkPort, Officer, PortRange, Record, RecordFault,
    SectionKind, SiblingGroup, SubjectIndex, System, VirtualDevices, World,
};

const PAGE: u64 = 4096;

fn names(field: &'static str, value: usize, count: usize) -> Result<(), RecordFault> {
    if value < count {
        Ok(())
    } else {
        Err(RecordFault::Dangling { field, value: value as u64, count: count as u64 })
    }
}

fn holds(field: &'static str, condition: bool) -> Result<(), RecordFault> {
    if condition { Ok(()) } else { Err(RecordFault::OutOfRange { field }) }
}

impl Counts {
    fn subject(&self, field: &'static str, subject: SubjectIndex) -> Result<(), RecordFault> {
        names(field, subject.position(), self.subjects())
    }

    fn optional_subject(
        &self,
        field: &'static str,
        subject: Option<SubjectIndex>,
    ) -> Result<(), RecordFault> {
        subject.map_or(Ok(()), |subject| self.subject(field, subject))
    }

    fn world(&self, field: &'static str, world: SubjectIndex) -> Result<(), RecordFault> {
        names(field, world.position(), self.of(SectionKind::Worlds))
    }

    fn component(&self, field: &'static str, component: SubjectIndex) -> Result<(), RecordFault> {
        self.subject(field, component)?;
        holds(field, component.position() >= self.of(SectionKind::Worlds))
    }

    fn level(&self, field: &'static str, level: Level) -> Result<(), RecordFault> {
        names(field, level.classification.position(), self.of(SectionKind::Classifications))?;
        let compartments = self.of(SectionKind::Compartments);
        let known = if compartments >= 64 { u64::MAX } else { (1 << compartments) - 1 };
        holds(field, CompartmentSet(known).includes(level.compartments))
    }

    fn cpus(&self, cpus: CpuSet) -> Result<(), RecordFault> {
        holds("cpus", !cpus.is_empty())
    }
}

macro_rules! record {
    ($type:ident $(<$life:lifetime>)? in $section:ident, |$record:ident, $counts:ident| $check:block) => {
        impl<'a> Record<'a> for $type $(<$life>)? {
            const SECTION: SectionKind = SectionKind::$section;

            fn check(&self, $counts: &Counts) -> Result<(), RecordFault> {
                let $record = self;
                $check
                Ok(())
            }
        }
    };
}

record!(System<'a> in System, |system, counts| {
    holds("flags", Flags::ALL.contains(system.flags))?;
    holds("major_frame", system.major_frame > 0)?;
    names("officers_required", usize::from(system.officers_required), counts.of(SectionKind::Officers) + 1)?;
    counts.optional_subject("sinks.log", system.sinks.log)?;
    if let Some(reader) = system.sinks.audit {
        counts.component("sinks.audit", reader)?;
    }
    if let Some(file) = system.monitor {
        names("monitor", file.position(), counts.of(SectionKind::Files))?;
    }
});
record!(Machine in Machine, |machine, _counts| {
    holds("cpus", machine.cpus > 0 && usize::from(machine.cpus) <= crate::MAX_CPUS)?;
});
record!(SiblingGroup in SiblingGroups, |group, counts| {
    counts.cpus(group.cpus)?;
});
record!(Classification<'a> in Classifications, |_classification, counts| {
    holds("count", counts.of(SectionKind::Classifications) <= crate::MAX_CLASSIFICATIONS)?;
});
record!(Compartment<'a> in Compartments, |_compartment, counts| {
    holds("count", counts.of(SectionKind::Compartments) <= crate::MAX_COMPARTMENTS)?;
});
record!(File<'a> in Files, |file, _counts| {
    holds("name", !file.name.is_empty())?;
});
record!(Image<'a> in Images, |image, counts| {
    let files = counts.of(SectionKind::Files);
    names("kernel", image.kernel.position(), files)?;
    for (field, file) in [("initrd", image.initrd), ("disk", image.disk)] {
        if let Some(file) = file {
            names(field, file.position(), files)?;
        }
    }
    // Byte by byte: for strings `core` has a version with vector instructions, which the boot program
    // must not contain.
    holds("command_line", image.command_line.bytes().all(|byte| byte.is_ascii()))?;
});
record!(World<'a> in Worlds, |world, counts| {
    counts.level("level", world.level)?;
    names("image", world.image.position(), counts.of(SectionKind::Images))?;
    holds("memory", world.memory > 0 && world.memory.is_multiple_of(2 << 20))?;
    holds("monitor_memory", world.monitor_memory.is_multiple_of(PAGE))?;
    counts.cpus(world.cpus)?;
    holds("devices", VirtualDevices::ALL.contains(world.devices))?;
    counts.optional_subject("slack_to", world.slack_to)?;
});
record!(Component<'a> in Components, |component, counts| {
    counts.level("low", component.low)?;
    counts.level("high", component.high)?;
    holds("high", component.high.dominates(component.low))?;
    holds("trusted", component.trusted || component.low == component.high)?;
    names("program", component.program.position(), counts.of(SectionKind::Files))?;
    holds("memory", component.memory.is_multiple_of(PAGE))?;
    holds("stack", component.stack > 0 && component.stack.is_multiple_of(PAGE))?;
    counts.cpus(component.cpus)?;
    counts.optional_subject("slack_to", component.slack_to)?;
    counts.optional_subject("handover_to", component.handover_to)?;
});
record!(PortRange in PortRanges, |range, counts| {
    counts.component("subject", range.subject)?;
    holds("last", range.first <= range.last)?;
});
record!(MsrRange in MsrRanges, |range, counts| {
    counts.component("subject", range.subject)?;
    holds("last", range.first <= range.last)?;
});
record!(MmioRegion in MmioRegions, |region, counts| {
    counts.component("subject", region.subject)?;
    holds("address", region.address.is_multiple_of(PAGE))?;
    holds("size", region.size > 0 && region.size.is_multiple_of(PAGE))?;
    holds("size", region.address.checked_add(region.size).is_some())?;
});
record!(ControlRight in ControlRights, |right, counts| {
    counts.component("subject", right.subject)?;
    counts.subject("target", right.target)?;
    holds("target", right.target != right.subject)?;
    holds("commands", right.commands.0 != 0 && Commands::ALL.contains(right.commands))?;
});
record!(Device<'a> in Devices, |device, counts| {
    counts.subject("owner", device.owner)?;
    if let DeviceSelector::Address(address) = device.selector {
        holds("selector", address.device < 32 && address.function < 8)?;
    }
});
record!(Link<'a> in Links, |_link, _counts| {});
record!(LinkMember in LinkMembers, |member, counts| {
    names("link", member.link.position(), counts.of(SectionKind::Links))?;
    counts.world("world", member.world)?;
    holds("sends", member.sends || member.receives)?;
});
record!(Network<'a> in Networks, |network, counts| {
    counts.level("level", network.level)?;
    if let Some(driver) = network.driver {
        counts.component("driver", driver)?;
    }
});
record!(NetworkPort in NetworkPorts, |port, counts| {
    names("network", port.network.position(), counts.of(SectionKind::Networks))?;
    counts.subject("subject", port.subject)?;
});
record!(Channel<'a> in Channels, |channel, counts| {
    counts.subject("writer", channel.writer)?;
    counts.subject("reader", channel.reader)?;
    holds("reader", channel.writer != channel.reader)?;
    holds("size", channel.size >= PAGE && channel.size.is_power_of_two())?;
    match channel.origin {
        ChannelOrigin::Declared | ChannelOrigin::Device => {}
        ChannelOrigin::Link(link) => names("origin", link.position(), counts.of(SectionKind::Links))?,
        ChannelOrigin::Network(network) => {
            names("origin", network.position(), counts.of(SectionKind::Networks))?;
        }
        ChannelOrigin::Guard(guard) => names("origin", guard as usize, counts.of(SectionKind::Guards))?,
    }
    for (field, address) in
        [("writer_address", channel.writer_address), ("reader_address", channel.reader_address)]
    {
        if let Some(address) = address {
            holds(field, address.is_multiple_of(PAGE))?;
            holds(field, address.checked_add(channel.size).is_some())?;
        }
    }
});
record!(ClipboardRule<'a> in ClipboardRules, |rule, _counts| {
    holds("max", rule.max > 0)?;
    holds("timeout", rule.timeout > 0)?;
});
record!(ClipboardEnd in ClipboardEnds, |end, counts| {
    names("rule", end.rule.position(), counts.of(SectionKind::ClipboardRules))?;
    counts.world("world", end.world)?;
});
record!(Guard<'a> in Guards, |guard, counts| {
    counts.subject("from", guard.from)?;
    counts.subject("to", guard.to)?;
    counts.component("component", guard.component)?;
    let channels = counts.of(SectionKind::Channels);
    names("input", guard.input.position(), channels)?;
    names("output", guard.output.position(), channels)?;
    holds("max", guard.max > 0)?;
    holds("rate", guard.rate.count > 0 && guard.rate.per > 0)?;
});
record!(MinorFrame in MinorFrames, |frame, counts| {
    holds("cpu", frame.cpu.position() < crate::MAX_CPUS)?;
    holds("duration", frame.duration > 0)?;
    counts.optional_subject("subject", frame.subject)?;
});
record!(Display in Display, |display, counts| {
    counts.component("gui", display.gui)?;
    counts.level("highest", display.highest)?;
    holds("secure_attention", Modifiers::ALL.contains(display.secure_attention.modifiers))?;
});
record!(Attestation in Attestation, |attestation, counts| {
    counts.component("component", attestation.component)?;
    if let Some(network) = attestation.network {
        names("network", network.position(), counts.of(SectionKind::Networks))?;
    }
});
record!(Officer<'a> in Officers, |_officer, _counts| {});
