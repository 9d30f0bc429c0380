//! What the check finds.

use super::{DmaRule, PhysAddr};
use crate::subject::SubjectId;

/// The first thing that is not as it must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Violation {
    /// The description contradicts itself; nothing was looked at.
    Description(Description),
    /// There are more regions than the caller has room for.
    NoRoom,
    /// An entry has a bit set that must not be, or an address that the machine does not have.
    Malformed {
        /// Where.
        at: Place,
        /// The entry.
        value: u64,
    },
    /// A table lies outside the frames of tables.
    TableElsewhere {
        /// The entry that leads to it.
        at: Place,
        /// The table's frame.
        frame: u64,
    },
    /// Walking a space visits more tables than there are: some entry leads back.
    Loop(SubjectId),
    /// The kernel's half of a space is not that of its kernel root.
    KernelHalf(Place),
    /// A mapping breaks a rule.
    Mapping {
        /// Which.
        rule: MappingRule,
        /// The mapping's entry.
        at: Place,
        /// The first frame of which it is true.
        frame: u64,
    },
    /// Two mappings of one frame break a rule together.
    Sharing {
        /// Which.
        rule: SharingRule,
        /// The first frame of which it is true.
        frame: u64,
        /// The entry that allows writing.
        writer: Place,
        /// The other entry.
        other: Place,
    },
    /// An IOMMU does not confine devices.
    Dma {
        /// In what.
        rule: DmaRule,
        /// Bus, device and function; or the number of an interrupt table's entry.
        of: u16,
    },
    /// A port is open that the policy does not give to the subject.
    Port {
        /// To whom it is open.
        subject: SubjectId,
        /// Which.
        port: u16,
    },
    /// A model-specific register is open in a way that the policy does not give to the subject.
    Register {
        /// To whom it is open.
        subject: SubjectId,
        /// Which.
        register: u32,
        /// Whether it is open for writing.
        write: bool,
    },
}

/// Which list of the description is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Description {
    /// A list of frames is not sorted and disjoint.
    Order(&'static str),
    /// Things that lie apart do not.
    Overlap(&'static str),
    /// Things that lie within others do not.
    Outside(&'static str),
    /// This subject's space names no kernel root.
    KernelRoot(SubjectId),
    /// This subject's permission map has the wrong length.
    Map(SubjectId),
    /// There are no kernel roots.
    NoKernel,
}

/// An entry of a table, and whose table it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Whose; [`SubjectId::KERNEL`] for the kernel.
    pub subject: SubjectId,
    /// The entry's physical address.
    pub entry: PhysAddr,
}

/// What one mapping must not be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MappingRule {
    /// Closed to ring 3, in the half of a native program.
    SupervisorInLowerHalf,
    /// Open to ring 3, in the kernel's half.
    UserInKernelHalf,
    /// In the lower half of a kernel root.
    KernelLowerHalf,
    /// Writable and executable.
    WriteExecute,
    /// Of a frame of the kernel, by a subject.
    KernelFrame,
    /// Of a table.
    Table,
    /// Of a device that belongs to another.
    DeviceOf(SubjectId),
    /// Of something that is neither the machine's memory for subjects nor a device.
    Nowhere,
    /// By the kernel, of something that is not its own.
    KernelElsewhere,
    /// By the kernel, executable, of something that is not its own alone.
    KernelExecutes,
    /// Of a channel between others.
    ChannelOfOthers,
    /// Writable, by the channel's reader.
    ReaderWrites,
    /// Executable by a native program, of a channel.
    ChannelExecutable,
}

/// What two mappings of one frame must not be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SharingRule {
    /// Of different subjects, one writable, outside channels.
    Shared,
    /// Of one subject, one writable and one executable.
    WriteExecute,
}
