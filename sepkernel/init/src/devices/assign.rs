//! Finds the policy's devices among the machine's.

use cloister_hardware::console::Topic;
use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use cloister_hardware::log;
use cloister_policy_format::{Device, DeviceSelector, Flags, PolicyView};

use super::{Assigned, Devices, MAX_DEVICES, memory};
use crate::info_page::name;
use crate::pci::Function;
use crate::pci::configuration::{PORTS, requester};
use crate::policy::called;
use crate::stop;

impl Devices {
    /// Finds the policy's devices, and refuses a policy whose devices the machine does not have or cannot
    /// confine, or that gives away what this version gives to nobody.
    pub fn assign(&mut self, policy: &PolicyView<'_>) {
        for device in policy.devices().iter() {
            if matches!(device.selector, DeviceSelector::Legacy(_)) {
                continue;
            }
            let assigned = self.find(policy, &device);
            if self.assigned.push(assigned).is_err() {
                stop!("the policy has more than {MAX_DEVICES} PCI devices");
            }
        }
        if let Some(range) = policy.msr_ranges().iter().next() {
            let (kind, owner) = called(policy, range.subject);
            stop!(
                "{kind} {owner}: model-specific register {:#x}: this version gives none to ring 3",
                range.first
            );
        }
        let governs = |first, last| first <= *PORTS.end() && last >= *PORTS.start();
        let ports = policy.port_ranges();
        if let Some(range) = ports.iter().find(|range| governs(range.first, range.last)) {
            let (kind, owner) = called(policy, range.subject);
            stop!("{kind} {owner}: port {:#x} governs devices of others", range.first);
        }
        for (owner, range) in memory(policy) {
            if self.places.registers().any(|registers| registers.overlaps(range)) {
                let (kind, owner) = called(policy, owner);
                stop!("{kind} {owner}: memory at {:#x} governs devices of others", range.start);
            }
        }
        self.log(policy);
    }

    fn find(&self, policy: &PolicyView<'_>, device: &Device<'_>) -> Assigned {
        let (kind, owner) = called(policy, device.owner);
        let selector = device.selector;
        let refuse = |reason: core::fmt::Arguments<'_>| -> ! {
            stop!("device {} of {kind} {owner}: {reason}", device.name)
        };
        let meant = || self.functions.iter().filter(|other| other.is_meant(device.selector));
        let function = match (meant().next(), meant().count()) {
            (Some(function), 1) => function,
            (None, _) => stop!(
                "missing device: {} of {kind} {owner}: this machine has no PCI function {selector}",
                device.name
            ),
            (_, count) => refuse(format_args!(
                "this machine has {count} PCI functions {selector}; name one by its address"
            )),
        };
        let place = function.place;
        if function.is_platform() || function.has(self.places.screen) {
            refuse(format_args!("{function} is part of the machine"));
        }
        // Those behind one bridge may sign with its number, or reach each other beside the IOMMU.
        let shares_bridge = |other| {
            self.functions.iter().any(|bridge| bridge.leads_to(place) && bridge.leads_to(other))
        };
        let conflict = |own: &&Assigned| {
            let other = own.function.place;
            other == place || own.owner != device.owner && shares_bridge(other)
        };
        if let Some(other) = self.assigned.iter().find(conflict) {
            let (kind, other) = called(policy, other.owner);
            refuse(format_args!("{function} cannot be told apart from a device of {kind} {other}"));
        }
        let shares = |own: &Range| {
            let others = self.functions.iter().filter(|other| other.place != place);
            let mut all = others.flat_map(|other| &other.memory);
            all.any(|other| pages_of(other).overlaps(pages_of(own)))
        };
        let mut own = function.memory.iter().filter(|memory| memory.size() > 0).peekable();
        if own.peek().is_none() || own.any(shares) {
            refuse(format_args!("the firmware gave it no registers in pages of their own"));
        }
        let governed = |function: &Function| {
            let reported = self.places.reported.as_ref();
            reported.is_some_and(|reported| reported.governs(requester(function.place)))
        };
        let mut chain = self.functions.iter().filter(|bridge| bridge.leads_to(place));
        let confined = self.iommu.is_some() && (governed(function) || chain.any(governed));
        if device.dma && !confined {
            // Where a world's device would write nobody could say.
            if self.iommu.is_some()
                || kind == "world"
                || !policy.system().flags.contains(Flags::UNSAFE_DMA)
            {
                refuse(format_args!("it writes memory, and no IOMMU of this machine confines it"));
            }
            let text = "can write all memory";
            log!(Topic::Warning, "unsafe-dma: {} of {kind} {owner} {text}", device.name);
        }
        Assigned {
            name: name(device.name),
            owner: device.owner,
            function: function.clone(),
            masters: device.dma,
        }
    }
}

/// The pages in which a range lies; none for an empty one.
pub fn pages_of(range: &Range) -> Range {
    Range { start: range.start / PAGE * PAGE, end: range.end.next_multiple_of(PAGE) }
}
