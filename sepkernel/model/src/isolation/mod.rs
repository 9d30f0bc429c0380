//! The isolation check: whether the finished hardware tables keep subjects apart.
//!
//! Walks the tables from the roots that the hardware will use, as the hardware would, and compares
//! what they allow with what the policy names. It shares no code with what builds the tables and
//! trusts nothing that the builder says of them; of the [`Machine`] description it takes what the
//! policy and the machine's own tables say. If all is well it returns the resource map: who reaches
//! which frames and how. Else it names the first violation, down to the address of the table entry.
//!
//! Established from the tables alone:
//! - a frame that one subject can write is reached by no other, except by the one reader of a channel
//!   of which the first is the writer; readers cannot write;
//! - frames of the kernel and tables are reached by no subject, and no table by the kernel either;
//! - the kernel's half of every address space is the same and closed to ring 3;
//! - nothing is both writable and executable, in the kernel and in components, also not by two
//!   mappings of one frame;
//! - each device reaches what its owner may write, and no other device reaches anything; no interrupt of a
//!   device passes but those that the kernel expects;
//! - every open port and model-specific register is one that the policy gives to that subject.
//!
//! A world and its monitor, and all virtual processors of a world, are one subject here.
//!
//! Work is bounded whatever the tables hold: no table is visited more often than there are tables in
//! a space, and regions are sorted, not compared each with each.

mod check;
mod description;
mod dma;
mod entry;
mod frames;
mod machine;
mod ports;
mod region;
mod registers;
mod rules;
mod sharing;
mod violation;
mod walk;

pub use check::check;
pub use dma::{DmaFunction, DmaInterrupt, DmaRule, DmaUnit};
pub use frames::FrameRange;
pub use machine::{
    Channel, Device, KernelRoot, Machine, PhysAddr, PortGrant, PortMap, RegisterGrant, RegisterMap,
    Space, SpaceKind, TableReader, Window,
};
pub use region::{REGION_BYTES, Region, Rights, Through};
pub use violation::{Description, MappingRule, Place, SharingRule, Violation};
