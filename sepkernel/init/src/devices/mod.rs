//! The PCI functions of the machine. From the hand-over on they do nothing; those that the policy gives to
//! components are found before anything is built, so that a machine without one is refused by name.

mod assign;
mod give;
mod interrupts;

use interrupts::Interrupts;
pub use interrupts::MAX_INTERRUPTS;

use cloister_hardware::console::Topic;
use cloister_hardware::handoff::Range;
use cloister_hardware::log;
use cloister_model::subject::SubjectId;
use cloister_policy_format::{PolicyView, SubjectIndex};
use heapless::Vec;

use crate::boot_info::BootInfo;
use crate::frames::Frames;
use crate::iommu::{Iommu, Reported};
use crate::partition::Builder;
use crate::pci::configuration::{self, requester};
use crate::pci::{self, Function, Functions};
use crate::subject::id;

/// PCI functions that a policy can give away.
pub const MAX_DEVICES: usize = 16;

/// Where the hardware is by which devices are confined.
pub struct Places {
    window: Option<Range>,
    reported: Option<Reported>,
    screen: Option<Range>,
}

impl Places {
    /// What the firmware says.
    pub fn find(info: &BootInfo) -> Self {
        let screen = info.framebuffer.map(|screen| Range {
            start: screen.address,
            end: screen.address.saturating_add(screen.size()),
        });
        Self { window: configuration::window(info), reported: Reported::find(info), screen }
    }

    /// The registers of IOMMUs.
    pub fn units(&self) -> impl Iterator<Item = Range> {
        self.reported.iter().flat_map(Reported::registers)
    }

    /// All that no subject may have.
    pub fn registers(&self) -> impl Iterator<Item = Range> {
        self.units().chain(self.window)
    }
}

/// All functions of the machine.
pub struct Devices {
    /// Where they are confined.
    pub places: Places,
    /// What confines them, if the machine has it.
    pub iommu: Option<Iommu>,
    /// Those that the policy gives away, in its order.
    pub assigned: Vec<Assigned, MAX_DEVICES>,
    /// What their messages become.
    pub interrupts: Interrupts,
    functions: Functions,
}

/// A function with an owner.
pub struct Assigned {
    /// The policy's name for it.
    pub name: cloister_abi::Name,
    /// Whose it is.
    pub owner: SubjectIndex,
    /// Which.
    pub function: Function,
    /// Whether it may write its owner's memory.
    pub masters: bool,
}

/// Whom devices are given to: what the policy says, which subject of it, the processor where it first runs.
pub type Owner<'a> = (&'a Builder<'a>, SubjectIndex, u16);

impl Devices {
    /// Takes all functions their abilities, and lets none of them reach memory.
    pub fn take_over(places: Places, frames: &mut Frames) -> Self {
        let functions = pci::take_over(places.screen);
        let reported = places.reported.as_ref();
        let iommu = reported.and_then(|reported| Iommu::deny_all(reported, frames));
        if iommu.is_none() {
            log!(Topic::Boot, "no IOMMU: devices are kept from memory by their own switches alone");
        }
        Self { places, iommu, assigned: Vec::new(), interrupts: Vec::new(), functions }
    }

    /// All registers of functions in memory that are somebody's, by whole pages.
    pub fn registers(&self) -> impl Iterator<Item = (SubjectIndex, Range)> {
        self.assigned.iter().flat_map(|own| {
            let present = own.function.memory.iter().filter(|registers| registers.size() > 0);
            present.map(|registers| (own.owner, assign::pages_of(registers)))
        })
    }

    /// The root of tables for the devices of a world that write memory, if it has such.
    pub fn root(&self, owner: SubjectIndex, frames: &mut Frames) -> Option<u64> {
        let has_some = self.assigned.iter().any(|own| own.owner == owner && own.masters);
        self.iommu.as_ref().filter(|_| has_some).map(|iommu| iommu.root(frames))
    }

    /// The numbers by which functions sign, with their owners.
    pub fn numbers(&self) -> Vec<(u16, SubjectId), MAX_DEVICES> {
        let numbers = self.assigned.iter();
        numbers.map(|own| (requester(own.function.place), id(own.owner))).collect()
    }

    /// Logs all functions and whose they are.
    fn log(&self, policy: &PolicyView<'_>) {
        for function in &self.functions {
            let own = self.assigned.iter().find(|own| own.function.place == function.place);
            let owner = match own {
                Some(own) => policy.subject_name(own.owner).unwrap_or_default(),
                None if function.is_platform() => "part of the machine",
                None if function.has(self.places.screen) => "the screen",
                None => "disabled",
            };
            log!(Topic::Boot, "PCI {function}: {owner}");
        }
    }
}

/// The device memory that the policy gives away, with its owners.
pub fn memory(policy: &PolicyView<'_>) -> impl Iterator<Item = (SubjectIndex, Range)> {
    policy.mmio_regions().iter().map(|region| {
        let end = region.address.saturating_add(region.size);
        (region.subject, Range { start: region.address, end })
    })
}
