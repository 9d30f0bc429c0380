//! What findings say. Only the boot program and host tools use this: formatting can panic, so none
//! of it may stay in the resident kernel.

use core::fmt::{Display, Formatter, Result};

use crate::isolation::{Description, DmaRule, MappingRule, Place, SharingRule, Violation};
use crate::schedule::{PlanError, SiblingError};
use crate::subject::SubjectId;

impl Display for SubjectId {
    fn fmt(&self, text: &mut Formatter<'_>) -> Result {
        if *self == Self::KERNEL {
            write!(text, "the kernel")
        } else {
            write!(text, "subject {}", self.0)
        }
    }
}

impl Display for Place {
    fn fmt(&self, text: &mut Formatter<'_>) -> Result {
        write!(text, "{}, table entry at {:#x}", self.subject, self.entry.0)
    }
}

/// The physical address of a frame.
struct Address(u64);

impl Display for Address {
    fn fmt(&self, text: &mut Formatter<'_>) -> Result {
        write!(text, "{:#x}", u128::from(self.0) << 12)
    }
}

impl Display for Violation {
    fn fmt(&self, text: &mut Formatter<'_>) -> Result {
        match self {
            Self::Description(description) => {
                write!(text, "the description of the machine: {description}")
            }
            Self::NoRoom => {
                write!(text, "the resource map has more regions than there is room for")
            }
            Self::Malformed { at, value } => write!(text, "malformed entry {value:#x} ({at})"),
            Self::TableElsewhere { at, frame } => {
                write!(text, "a table at {} lies outside the tables ({at})", Address(*frame))
            }
            Self::Loop(subject) => {
                write!(text, "the tables of {subject} lead back into themselves")
            }
            Self::KernelHalf(at) => write!(text, "another kernel half than the kernel's ({at})"),
            Self::Mapping { rule, at, frame } => write!(text, "{}: {rule} ({at})", Address(*frame)),
            Self::Sharing { rule, frame, writer, other } => {
                write!(text, "{}: {rule} (writer: {writer}; other: {other})", Address(*frame))
            }
            Self::Dma { rule, of } => match rule {
                DmaRule::Missing => write!(text, "no IOMMU confines devices"),
                DmaRule::Unit => write!(text, "an IOMMU does not look at all requests"),
                DmaRule::Nobodys => {
                    write!(text, "device {of:#06x} reaches memory, and is nobody's")
                }
                DmaRule::Unconfined => write!(text, "device {of:#06x} is not confined"),
                DmaRule::Interrupts => write!(text, "interrupts of device or entry {of:#06x} pass"),
            },
            Self::Port { subject, port } => {
                write!(text, "port {port:#x} is open to {subject} against the policy")
            }
            Self::Register { subject, register, write } => {
                let how = if *write { "writing" } else { "reading" };
                write!(
                    text,
                    "register {register:#x} is open for {how} to {subject} against the policy"
                )
            }
        }
    }
}

impl Display for MappingRule {
    fn fmt(&self, text: &mut Formatter<'_>) -> Result {
        let rule = match self {
            Self::SupervisorInLowerHalf => "closed to ring 3 in a program's half",
            Self::UserInKernelHalf => "open to ring 3 in the kernel's half",
            Self::KernelLowerHalf => "mapped in the lower half of a kernel root",
            Self::WriteExecute => "writable and executable",
            Self::KernelFrame => "memory of the kernel, mapped by a subject",
            Self::Table => "a page table, mapped",
            Self::DeviceOf(owner) => return write!(text, "registers of a device of {owner}"),
            Self::Nowhere => "neither memory for subjects nor a device",
            Self::KernelElsewhere => "mapped by the kernel and not its own",
            Self::KernelExecutes => "executable in the kernel and not its own alone",
            Self::ChannelOfOthers => "a channel between others",
            Self::ReaderWrites => "a channel, writable by its reader",
            Self::ChannelExecutable => "a channel, executable",
        };
        write!(text, "{rule}")
    }
}

impl Display for SharingRule {
    fn fmt(&self, text: &mut Formatter<'_>) -> Result {
        match self {
            Self::Shared => write!(text, "writable by one subject and reached by another"),
            Self::WriteExecute => write!(text, "writable by one mapping and executable by another"),
        }
    }
}

impl Display for Description {
    fn fmt(&self, text: &mut Formatter<'_>) -> Result {
        match self {
            Self::Order(list) => write!(text, "{list} are not sorted and disjoint"),
            Self::Overlap(lists) => write!(text, "{lists} overlap"),
            Self::Outside(list) => write!(text, "{list} lie outside of where they must be"),
            Self::KernelRoot(subject) => write!(text, "{subject} names no kernel root"),
            Self::Map(subject) => {
                write!(text, "the register map of {subject} has the wrong length")
            }
            Self::NoKernel => write!(text, "there is no kernel root"),
        }
    }
}

impl Display for PlanError {
    fn fmt(&self, text: &mut Formatter<'_>) -> Result {
        match self {
            Self::Count => write!(text, "no minor frames, or too many"),
            Self::Start(frame) => {
                write!(text, "minor frame {frame} does not start where the one before ends")
            }
            Self::Length(frame) => {
                write!(text, "minor frame {frame} leaves no time after the switching allowance")
            }
            Self::Major => write!(text, "the minor frames do not fill the major frame"),
            Self::MajorDiffers(processor) => {
                write!(text, "processor {processor} has another major frame")
            }
            Self::Barrier { processor, at } => {
                write!(text, "processor {processor} has a barrier at {at} ticks that others lack")
            }
            Self::SubjectTwice(subject) => write!(text, "{subject} is scheduled on two processors"),
        }
    }
}

impl Display for SiblingError {
    fn fmt(&self, text: &mut Formatter<'_>) -> Result {
        let Self { first, second, in_machine } = self;
        if *in_machine {
            write!(
                text,
                "processors {first} and {second} share a core, which the policy does not say"
            )
        } else {
            write!(text, "processors {first} and {second} share a core in the policy, but not here")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isolation::PhysAddr;
    use std::string::ToString;

    #[test]
    fn a_violation_names_the_guilty_the_frame_and_the_entry() {
        let at = |subject, entry| Place { subject: SubjectId(subject), entry: PhysAddr(entry) };
        let rule = SharingRule::Shared;
        let shared = Violation::Sharing { rule, frame: 5, writer: at(1, 0x8), other: at(2, 0x10) };
        assert_eq!(
            shared.to_string(),
            "0x5000: writable by one subject and reached by another (writer: subject 1, table entry \
             at 0x8; other: subject 2, table entry at 0x10)"
        );
        let rule = MappingRule::DeviceOf(SubjectId::KERNEL);
        let device = Violation::Mapping { rule, at: at(0, 0x18), frame: 1 };
        let expected =
            "0x1000: registers of a device of the kernel (subject 0, table entry at 0x18)";
        assert_eq!(device.to_string(), expected);
    }
}
