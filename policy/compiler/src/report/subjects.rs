//! Worlds, components and devices, each in a sentence or two.

use cloister_policy_format::{DeviceSelector, PciAddress, Role};

use super::{Report, listed};
use crate::{
    model::Component,
    reader::show_size,
    schema::{COMMAND, DEVICES},
};

impl Report<'_> {
    fn cpus(cpus: impl Iterator<Item = u8>) -> String {
        let numbers: Vec<String> = cpus.map(|cpu| cpu.to_string()).collect();
        let plural = if numbers.len() == 1 { "" } else { "s" };
        format!("processor{plural} {}", listed(&numbers))
    }

    pub(super) fn worlds(&mut self) {
        let policy = &self.outcome.policy;
        self.heading("WORLDS");
        for world in &policy.worlds {
            let level = world
                .level
                .map_or_else(|| "of no level".to_owned(), |it| policy.lattice.describe(it.value));
            let image = world.image.as_ref().map_or("nothing", |image| &image.name);
            let memory = world.memory.map_or(0, |memory| memory.value);
            let cpus = Self::cpus(world.cpus.iter().map(|cpu| cpu.value.0));
            let line = self.line(world.name.span);
            self.say(format!(
                "{} is {level}. It starts from image {image}, has {} and runs on {cpus} {line}.",
                world.name.value,
                show_size(memory)
            ));
            let set = world.device_set();
            let mut devices: Vec<String> = DEVICES
                .iter()
                .filter(|(_, device)| set.contains(*device))
                .map(|(word, _)| (*word).to_owned())
                .collect();
            devices.extend(
                world
                    .networks
                    .iter()
                    .map(|usage| format!("outside network {}", usage.network.name)),
            );
            if !devices.is_empty() {
                self.say(format!("  It has {}.", listed(&devices)));
            }
        }
    }

    pub(super) fn components(&mut self) {
        let policy = &self.outcome.policy;
        let (trusted, others): (Vec<&Component>, Vec<&Component>) =
            policy.components.iter().partition(|component| component.is_trusted());
        if !trusted.is_empty() {
            self.heading("TRUSTED COMPONENTS, which must have been examined");
            for component in trusted {
                self.component(component);
            }
        }
        if !others.is_empty() {
            self.heading("OTHER COMPONENTS");
            for component in others {
                self.component(component);
            }
        }
    }

    fn component(&mut self, component: &Component) {
        let lattice = &self.outcome.policy.lattice;
        let levels = component.levels.map_or_else(
            || "no level".to_owned(),
            |levels| {
                let (low, high) = (levels.value.low, levels.value.high);
                if low == high {
                    lattice.describe(low)
                } else {
                    format!("{} to {}", lattice.describe(low), lattice.describe(high))
                }
            },
        );
        let what = match component.role() {
            Role::Service => "is a service",
            Role::Driver => "drives a device",
            Role::Gui => "owns screen and input, and keeps levels apart,",
            Role::Guard => "filters for guards",
            Role::Separator => "passes data on to levels that dominate the data's only",
            Role::Attester => "makes evidence of what was booted",
        };
        let line = self.line(component.name.span);
        self.say(format!("{} {what} at {levels} {line}.", component.name.value));
        let mut rights = Vec::new();
        rights.extend(
            component
                .ports
                .iter()
                .map(|it| format!("I/O ports {:#x} to {:#x}", it.value.first, it.value.last)),
        );
        rights.extend(
            component
                .msrs
                .iter()
                .map(|it| format!("registers {:#x} to {:#x}", it.value.first, it.value.last)),
        );
        rights.extend(component.mmio.iter().map(|it| {
            format!("device memory of {} at {:#x}", show_size(it.value.size), it.value.address)
        }));
        if !rights.is_empty() {
            self.say(format!("  It may use {}.", listed(&rights)));
        }
        for control in &component.controls {
            let set = control.command_set();
            let words: Vec<&str> = COMMAND
                .iter()
                .filter(|(_, command)| set.contains(*command))
                .map(|(word, _)| *word)
                .collect();
            if !words.is_empty() {
                self.say(format!("  It may {} {}.", listed(&words), control.target.name));
            }
        }
    }

    pub(super) fn devices(&mut self) {
        let policy = &self.outcome.policy;
        self.heading("DEVICES");
        if policy.devices.is_empty() {
            self.say("No device is given to anyone; all are switched off.");
        }
        for device in &policy.devices {
            let found = match device.selectors.first().map(|selector| selector.value) {
                Some(DeviceSelector::Class { base, sub }) => {
                    format!("the PCI device of class {base:02x}{sub:02x}")
                }
                Some(DeviceSelector::Identity { vendor, device }) => {
                    format!("the PCI device {vendor:04x}:{device:04x}")
                }
                Some(DeviceSelector::Address(PciAddress { segment, bus, device, function })) => {
                    format!("the PCI device at {segment:04x}:{bus:02x}:{device:02x}.{function}")
                }
                Some(DeviceSelector::Legacy(_)) => "a device of the PC".to_owned(),
                None => "not found".to_owned(),
            };
            let owner = device.owner.as_ref().map_or("nobody", |owner| &owner.name);
            let line = self.line(device.name.span);
            self.say(format!("{}, {found}, belongs to {owner} {line}.", device.name.value));
        }
        if !policy.devices.is_empty() {
            self.say("All others are switched off.");
        }
    }
}
