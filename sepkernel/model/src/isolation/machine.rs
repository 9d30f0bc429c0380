//! What the check is told: the roots that the hardware will use, and what the policy names. Every
//! list of frames is sorted and disjoint, which the check makes sure of.

use super::dma::{DmaFunction, DmaInterrupt, DmaUnit};
use super::frames::{FrameRange, Located};
use crate::subject::SubjectId;

/// A physical address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PhysAddr(pub u64);

/// Reads the hardware's tables.
pub trait TableReader {
    /// The entry `index`, 0 to 511, of the table at `table`, which lies in [`Machine::tables`].
    fn read(&self, table: PhysAddr, index: u16) -> u64;
}

/// The machine as it is about to be locked.
#[derive(Clone, Copy, Debug)]
pub struct Machine<'a> {
    /// How many bits physical addresses have (`CPUID` 8000_0008h, EAX bits 7 to 0).
    pub physical_bits: u32,
    /// Memory for subjects: their own and channels.
    pub memory: &'a [FrameRange],
    /// Memory of the kernel: its image, stacks, data and all tables.
    pub kernel: &'a [FrameRange],
    /// That part of it in which page tables lie.
    pub tables: &'a [FrameRange],
    /// The roots on which the kernel runs when it runs no subject.
    pub kernel_roots: &'a [KernelRoot],
    /// The roots of all subjects.
    pub spaces: &'a [Space],
    /// The channels of the policy.
    pub channels: &'a [Channel],
    /// What the kernel uses together with one subject.
    pub windows: &'a [Window],
    /// The registers of devices.
    pub devices: &'a [Device],
    /// The IOMMUs.
    pub dma_units: &'a [DmaUnit],
    /// The functions that may write their owner's memory.
    pub dma_functions: &'a [DmaFunction],
    /// The interrupts of functions that the kernel expects.
    pub dma_interrupts: &'a [DmaInterrupt],
    /// The ports of the policy, sorted and disjoint.
    pub ports: &'a [PortGrant],
    /// The port permission maps that the hardware will use.
    pub port_maps: &'a [PortMap<'a>],
    /// The model-specific registers of the policy, sorted and disjoint.
    pub registers: &'a [RegisterGrant],
    /// Model-specific registers whose values the kernel swaps with the subject, first and last of
    /// each range: every subject may have them, since each has its own.
    pub switched_registers: &'a [(u32, u32)],
    /// The register permission maps that the hardware will use.
    pub register_maps: &'a [RegisterMap<'a>],
}

/// A root on which the kernel runs when it runs no subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KernelRoot {
    /// The root table.
    pub root: PhysAddr,
    /// Whether the lower half still holds the boot program, and lock will empty it. It is not
    /// looked at then.
    pub boot_half: bool,
}

/// One address space of a subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Space {
    /// Whose.
    pub subject: SubjectId,
    /// The root table.
    pub root: PhysAddr,
    /// What the hardware does with it.
    pub kind: SpaceKind,
}

/// What the hardware does with an address space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpaceKind {
    /// A native program runs in the lower half; the upper half is the kernel's, that of the kernel
    /// root at this position.
    Native {
        /// Position in [`Machine::kernel_roots`].
        kernel_root: u16,
    },
    /// Guest-physical addresses of a world (AMD APM volume 2, section 15.25).
    Nested,
}

/// A channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Channel {
    /// Where it lies.
    pub frames: FrameRange,
    /// Who writes; [`SubjectId::KERNEL`] for the kernel.
    pub writer: SubjectId,
    /// Who reads; [`SubjectId::KERNEL`] for the kernel.
    pub reader: SubjectId,
}

/// Memory or registers that the kernel shares with one subject: the pages of a virtual processor, or
/// the screen, on which the kernel writes its last message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// Where it lies.
    pub frames: FrameRange,
    /// With whom.
    pub subject: SubjectId,
}

/// The registers of a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Device {
    /// Where they are.
    pub frames: FrameRange,
    /// Whose the device is; [`SubjectId::KERNEL`] for the kernel.
    pub owner: SubjectId,
}

/// Ports that belong to a subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortGrant {
    /// Whose.
    pub subject: SubjectId,
    /// The first port.
    pub first: u16,
    /// The last port.
    pub last: u16,
}

/// A port permission map: a clear bit opens its port. Native programs have one in the task state
/// segment (AMD APM volume 2, section 12.2.4), worlds one in their control block (section 15.10.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortMap<'a> {
    /// Whose.
    pub subject: SubjectId,
    /// The map, from port 0 on. What is behind its end is closed.
    pub bytes: &'a [u8],
}

/// Model-specific registers that belong to a subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegisterGrant {
    /// Whose.
    pub subject: SubjectId,
    /// The first register.
    pub first: u32,
    /// The last register.
    pub last: u32,
    /// Whether it may write them too.
    pub write: bool,
}

/// A world's register permission map (AMD APM volume 2, section 15.11): a clear bit lets the guest
/// at the register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegisterMap<'a> {
    /// Whose.
    pub subject: SubjectId,
    /// The map of 8 KiB.
    pub bytes: &'a [u8],
}

impl Located for Channel {
    fn frames(&self) -> FrameRange {
        self.frames
    }
}

impl Located for Window {
    fn frames(&self) -> FrameRange {
        self.frames
    }
}

impl Located for Device {
    fn frames(&self) -> FrameRange {
        self.frames
    }
}
