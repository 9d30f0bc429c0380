//! Worlds: subjects that are virtual machines.

use serde::{Deserialize, Serialize};

use crate::{CpuSet, ImageIndex, Level, Restart, SubjectIndex};

/// A virtual machine at one level. Its position in its section is its [`SubjectIndex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct World<'a> {
    /// The policy's name for it, shown to the user.
    pub name: &'a str,
    /// The level of everything in it.
    pub level: Level,
    /// What it starts from.
    pub image: ImageIndex,
    /// Guest memory in bytes, a multiple of 2 MiB.
    pub memory: u64,
    /// Memory of its monitor in bytes, a multiple of 4 KiB.
    pub monitor_memory: u64,
    /// The processors that it is scheduled on, one virtual processor each.
    pub cpus: CpuSet,
    /// The devices that its monitor offers, beside networks and passed-through devices.
    pub devices: VirtualDevices,
    /// The screen that it sees, when it has one.
    pub framebuffer: Option<Framebuffer>,
    /// What happens when it stops.
    pub restart: Restart,
    /// Whether it starts at boot, or waits for the user.
    pub autostart: bool,
    /// Who gets what it leaves of its slot.
    pub slack_to: Option<SubjectIndex>,
}

/// A linear framebuffer with 32 bits a pixel and no gap between lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Framebuffer {
    /// Pixels in a line.
    pub width: u16,
    /// Lines.
    pub height: u16,
}

impl Framebuffer {
    /// Length in bytes.
    pub const fn bytes(self) -> u64 {
        self.width as u64 * self.height as u64 * 4
    }
}

/// A set of virtual devices, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VirtualDevices(pub u16);

impl VirtualDevices {
    /// A text console that the trusted screen can show.
    pub const CONSOLE: Self = Self(1 << 0);
    /// A framebuffer on the trusted screen.
    pub const DISPLAY: Self = Self(1 << 1);
    /// Keyboard and mouse, while focused.
    pub const INPUT: Self = Self(1 << 2);
    /// Loudspeaker.
    pub const AUDIO: Self = Self(1 << 3);
    /// Microphone.
    pub const MICROPHONE: Self = Self(1 << 4);
    /// Lines for the log's reader.
    pub const LOG: Self = Self(1 << 5);
    /// Random bytes from the kernel.
    pub const RANDOM: Self = Self(1 << 6);
    /// The real-time clock.
    pub const CLOCK: Self = Self(1 << 7);
    /// All of the above.
    pub const ALL: Self = Self(0xff);

    /// Whether all of `other` are in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
