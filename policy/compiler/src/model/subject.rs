//! Subjects, and the images and files that they start from.

use cloister_policy_format::{
    Commands, CpuIndex, FileKind, Framebuffer, Level, Restart, Role, VirtualDevices,
};

use super::{ImageReference, MmioRegion, MsrRange, NetworkUse, PortRange, SubjectReference};
use crate::source::{Located, Span};

/// A file under the image root.
#[derive(Clone, Debug)]
pub struct FileReference {
    /// Path relative to the image root.
    pub file: Located<String>,
    /// The digest that the policy asks for.
    pub sha256: Option<Located<[u8; 32]>>,
    /// What was found at compile time.
    pub found: Option<FoundFile>,
    /// Why nothing was found at compile time.
    pub problem: Option<FileProblem>,
}

/// Why a file could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileProblem {
    /// There is none of that name.
    Absent,
    /// It cannot be read, and why.
    Unreadable(String),
}

/// What was found at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Digest of the content.
    pub sha256: [u8; 32],
    /// Length of the content in bytes.
    pub size: u64,
    /// What it is by its first bytes.
    pub kind: FileKind,
}

/// What a world starts from.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its name.
    pub name: Located<String>,
    /// The kernel file.
    pub kernel: Option<FileReference>,
    /// The initial RAM disk.
    pub initrd: Option<FileReference>,
    /// The disk.
    pub disk: Option<FileReference>,
    /// How worlds use the disk; absent means [`Access::Fresh`].
    pub disk_access: Option<Located<Access>>,
    /// The kernel's command line.
    pub command_line: Option<Located<String>>,
}

/// How worlds use an image's disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Writes are dropped when the world stops.
    #[default]
    Fresh,
    /// Writes are refused.
    ReadOnly,
    /// Writes are kept, and seen by whoever starts from the image next.
    ReadWrite,
}

/// A virtual machine.
#[derive(Clone, Debug)]
pub struct World {
    /// Its name.
    pub name: Located<String>,
    /// Its level.
    pub level: Option<Located<Level>>,
    /// What it starts from.
    pub image: Option<ImageReference>,
    /// Guest memory in bytes.
    pub memory: Option<Located<u64>>,
    /// Memory of its monitor in bytes; absent means 4 MiB.
    pub monitor_memory: Option<Located<u64>>,
    /// Processors.
    pub cpus: Vec<Located<CpuIndex>>,
    /// Where the list of processors stands.
    pub cpus_span: Option<Span>,
    /// Virtual devices, each where it is named.
    pub devices: Vec<Located<VirtualDevices>>,
    /// Adapters on outside networks.
    pub networks: Vec<NetworkUse>,
    /// The screen that it sees.
    pub framebuffer: Option<Located<Framebuffer>>,
    /// What happens when it stops.
    pub restart: Option<Located<Restart>>,
    /// Whether it starts at boot; absent means yes.
    pub autostart: Option<Located<bool>>,
    /// Who gets what it leaves of its slot.
    pub slack_to: Option<SubjectReference>,
}

impl World {
    /// Where the policy gives it the device, if it does.
    pub fn device(&self, device: VirtualDevices) -> Option<Span> {
        self.devices.iter().find(|given| given.value == device).map(|given| given.span)
    }

    /// All virtual devices.
    pub fn device_set(&self) -> VirtualDevices {
        self.devices.iter().fold(VirtualDevices::default(), |set, device| set.union(device.value))
    }
}

/// A native program.
#[derive(Clone, Debug)]
pub struct Component {
    /// Its name.
    pub name: Located<String>,
    /// What it is for; absent means a service.
    pub role: Option<Located<Role>>,
    /// Whether it is trusted.
    pub trusted: Option<Located<bool>>,
    /// The levels that it handles.
    pub levels: Option<Located<LevelRange>>,
    /// How many of the keys `level` and `levels` are there.
    pub level_keys: usize,
    /// The program.
    pub program: Option<FileReference>,
    /// Working memory in bytes.
    pub memory: Option<Located<u64>>,
    /// Stack in bytes; absent means 64 KiB.
    pub stack: Option<Located<u64>>,
    /// Processors.
    pub cpus: Vec<Located<CpuIndex>>,
    /// Where the list of processors stands.
    pub cpus_span: Option<Span>,
    /// What happens when it faults.
    pub restart: Option<Located<Restart>>,
    /// Who gets what it leaves of its slot.
    pub slack_to: Option<SubjectReference>,
    /// Whom it hands the rest of its slot to.
    pub handover_to: Option<SubjectReference>,
    /// The longest that others wait until it runs, in nanoseconds.
    pub runs_every: Option<Located<u64>>,
    /// I/O ports.
    pub ports: Vec<Located<PortRange>>,
    /// Model-specific registers.
    pub msrs: Vec<Located<MsrRange>>,
    /// Device memory.
    pub mmio: Vec<Located<MmioRegion>>,
    /// Whom it may start, stop and pause, by name.
    pub controls: Vec<Control>,
}

/// A right to control another subject.
#[derive(Clone, Debug)]
pub struct Control {
    /// Whom.
    pub target: SubjectReference,
    /// By which commands, each where it is named.
    pub commands: Vec<Located<Commands>>,
}

impl Control {
    /// All commands together.
    pub fn command_set(&self) -> Commands {
        self.commands.iter().fold(Commands::default(), |set, it| set.union(it.value))
    }
}

impl Component {
    /// What it is for.
    pub fn role(&self) -> Role {
        self.role.map_or_else(Role::default, |role| role.value)
    }

    /// Whether it is declared trusted.
    pub fn is_trusted(&self) -> bool {
        self.trusted.is_some_and(|trusted| trusted.value)
    }
}

/// The levels that a subject handles; one level when both are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelRange {
    /// The lowest.
    pub low: Level,
    /// The highest.
    pub high: Level,
}

/// A world or a component.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A virtual machine.
    World(&'a World),
    /// A native program.
    Component(&'a Component),
}

impl<'a> Subject<'a> {
    /// Its name, where it is declared.
    pub fn name(self) -> &'a Located<String> {
        match self {
            Self::World(world) => &world.name,
            Self::Component(component) => &component.name,
        }
    }

    /// The levels that it handles, when known.
    pub fn levels(self) -> Option<Located<LevelRange>> {
        match self {
            Self::World(world) => {
                world.level.map(|level| level.map(|level| LevelRange { low: level, high: level }))
            }
            Self::Component(component) => component.levels,
        }
    }

    /// Whether it is declared trusted; worlds never are.
    pub fn is_trusted(self) -> bool {
        matches!(self, Self::Component(component) if component.is_trusted())
    }

    /// Its processors.
    pub fn cpus(self) -> &'a [Located<CpuIndex>] {
        match self {
            Self::World(world) => &world.cpus,
            Self::Component(component) => &component.cpus,
        }
    }

    /// Who gets what it leaves of its slot.
    pub fn slack_to(self) -> Option<&'a SubjectReference> {
        match self {
            Self::World(world) => world.slack_to.as_ref(),
            Self::Component(component) => component.slack_to.as_ref(),
        }
    }
}
