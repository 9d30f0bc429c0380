//! A policy as its author means it: every statement with its place, every name resolved.
//!
//! Values that the file leaves out, or gets wrong, are `None` (the error is already reported), so
//! that the checks say all that can be said about the rest. Records stand in the order of their
//! names, which is the order of the compiled policy: the numbers are the same in both.

mod hardware;
mod lattice;
mod people;
mod subject;
mod transfer;

pub use hardware::{
    Device, Display, Interrupt, Machine, MinorFrame, MmioRegion, MsrRange, PortRange, Schedule,
};
pub use lattice::{CompartmentText, Lattice, Marking};
pub use people::{Attestation, Officer, Officers};
pub use subject::{
    Access, Component, Control, FileProblem, FileReference, FoundFile, Image, LevelRange, Subject,
    World,
};
pub use transfer::{
    Channel, ClipboardRule, Content, Guard, Link, Network, NetworkUse, SourceChannelKind,
};

use cloister_policy_format::{CpuIndex, ImageIndex, NetworkIndex, SubjectIndex};

use crate::source::{Located, Span};

/// A name in the text and what it names: `None` when there is no such thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<T> {
    /// The name as written.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// What it names.
    pub target: Option<T>,
}

/// A reference to a world or component.
pub type SubjectReference = Reference<SubjectIndex>;
/// A reference to an image.
pub type ImageReference = Reference<ImageIndex>;
/// A reference to an outside network.
pub type NetworkReference = Reference<NetworkIndex>;

/// The program of the worlds' monitors, unless the policy says another.
pub const DEFAULT_MONITOR: &str = "native/monitor";

/// A whole policy.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// What holds for all.
    pub system: System,
    /// The least machine that it fits on.
    pub machine: Machine,
    /// Levels and their markings.
    pub lattice: Lattice,
    /// Images, by name.
    pub images: Vec<Image>,
    /// Worlds, by name; their position is their [`SubjectIndex`].
    pub worlds: Vec<World>,
    /// Components, by name; their [`SubjectIndex`] is the number of worlds plus their position.
    pub components: Vec<Component>,
    /// Declared channels, by name.
    pub channels: Vec<Channel>,
    /// Links, by name.
    pub links: Vec<Link>,
    /// Outside networks, by name.
    pub networks: Vec<Network>,
    /// Clipboard rules, by name.
    pub clipboard: Vec<ClipboardRule>,
    /// Guards, by name.
    pub guards: Vec<Guard>,
    /// Devices, by name.
    pub devices: Vec<Device>,
    /// Who runs when.
    pub schedule: Schedule,
    /// The trusted screen.
    pub display: Option<Display>,
    /// The level of the room that loudspeaker and microphone are in.
    pub audio: Option<Located<cloister_policy_format::Level>>,
    /// Whether there is a section about it.
    pub has_audio: bool,
    /// Who reads the worlds' logs.
    pub log: Option<SubjectReference>,
    /// Who reads the kernel's audit ring.
    pub audit: Option<SubjectReference>,
    /// Who makes evidence.
    pub attestation: Option<Attestation>,
    /// Who approves the next policy.
    pub officers: Officers,
}

/// What holds for the whole appliance.
#[derive(Clone, Debug, Default)]
pub struct System {
    /// The section's heading.
    pub span: Span,
    /// The policy's name.
    pub name: Option<Located<String>>,
    /// Grows with each policy.
    pub version: Option<Located<u64>>,
    /// Idle time is burnt.
    pub strict: Option<Located<bool>>,
    /// The kernel logs to the serial line.
    pub debug: Option<Located<bool>>,
    /// DMA without an IOMMU.
    pub unsafe_dma: Option<Located<bool>>,
    /// The program of the worlds' monitors: what the policy says, else [`DEFAULT_MONITOR`] where
    /// there are worlds and such a file.
    pub monitor: Option<FileReference>,
    /// Whether the policy leaves the monitor to the default.
    pub monitor_by_default: bool,
}

impl System {
    /// Whether idle time is burnt; absent means yes, the safe side.
    pub fn is_strict(&self) -> bool {
        self.strict.is_none_or(|strict| strict.value)
    }

    /// Whether the kernel logs to the serial line; absent means no.
    pub fn is_debug(&self) -> bool {
        self.debug.is_some_and(|debug| debug.value)
    }

    /// Whether devices may write memory without an IOMMU; absent means no.
    pub fn allows_unsafe_dma(&self) -> bool {
        self.unsafe_dma.is_some_and(|unsafe_dma| unsafe_dma.value)
    }
}

impl Policy {
    /// How many worlds and components there are.
    pub fn subject_count(&self) -> usize {
        self.worlds.len() + self.components.len()
    }

    /// All subjects in the order of their numbers.
    pub fn subjects(&self) -> impl Iterator<Item = (SubjectIndex, Subject<'_>)> {
        let worlds = self.worlds.iter().map(Subject::World);
        let components = self.components.iter().map(Subject::Component);
        worlds
            .chain(components)
            .enumerate()
            .map(|(number, subject)| (SubjectIndex(number as u32), subject))
    }

    /// The subject with this number.
    pub fn subject(&self, index: SubjectIndex) -> Option<Subject<'_>> {
        match index.position().checked_sub(self.worlds.len()) {
            None => self.worlds.get(index.position()).map(Subject::World),
            Some(component) => self.components.get(component).map(Subject::Component),
        }
    }

    /// The subject with this name. Worlds and components share one name space.
    pub fn subject_named(&self, name: &str) -> Option<SubjectIndex> {
        let world = self.worlds.binary_search_by(|world| world.name.value.as_str().cmp(name));
        let component = || {
            self.components.binary_search_by(|component| component.name.value.as_str().cmp(name))
        };
        world
            .or_else(|_| component().map(|position| position + self.worlds.len()))
            .ok()
            .map(|position| SubjectIndex(position as u32))
    }

    /// The processors that appear in the schedule's plans, ascending.
    pub fn planned_cpus(&self) -> impl Iterator<Item = CpuIndex> {
        self.schedule.plans.iter().map(|plan| plan.0.value)
    }
}
