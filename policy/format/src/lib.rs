//! The compiled policy: types, lattice, decoder and signatures, without allocation.
//!
//! The policy compiler writes it, the boot program, the trusted GUI and the verifier read it, all
//! through the types of this crate. A [`PolicyView`] is made only of bytes that passed every check
//! of [`PolicyView::decode`]; after that reading cannot fail. Nothing here allocates, so that the
//! boot program can read a policy of ten thousand worlds from where the bundle lies in memory.
//!
//! Meaning that needs thought (may this flow to that?) is decided by the compiler: here are tables.

#![no_std]
#![forbid(unsafe_code)]

mod attestation;
mod channel;
mod check;
mod component;
mod control;
mod device;
mod display;
mod encoding;
mod error;
mod image;
mod index;
mod lattice;
mod machine;
mod marking;
mod network;
mod officer;
mod schedule;
mod section;
pub mod signature;
mod system;
mod transfer;
mod view;
mod world;

pub use attestation::{Attestation, TpmRule};
pub use channel::{Channel, ChannelKind, ChannelOrigin};
pub use component::{Component, MmioRegion, MsrAccess, MsrRange, PortRange, Role};
pub use control::{Commands, ControlRight};
pub use device::{Device, DeviceSelector, LegacyDevice, PciAddress};
pub use display::{Display, Key, KeyChord, KeyboardLayout, Modifiers};
pub use encoding::{EncodeError, encode_record};
pub use error::{DecodeError, RecordFault};
pub use image::{File, FileKind, Image};
pub use index::{
    ChannelIndex, ClassificationIndex, ClipboardRuleIndex, CpuIndex, FileIndex, ImageIndex,
    LinkIndex, NetworkIndex, SubjectIndex,
};
pub use lattice::{CompartmentSet, Level, MAX_CLASSIFICATIONS, MAX_COMPARTMENTS};
pub use machine::{CpuSet, MAX_CPUS, Machine, SiblingGroup};
pub use marking::{Classification, Color, Compartment, Pattern};
pub use network::{Link, LinkMember, Network, NetworkPort};
pub use officer::Officer;
pub use schedule::MinorFrame;
pub use section::{Record, Records, Section, SectionKind};
pub use system::{Flags, Restart, Sinks, System};
pub use transfer::{Charset, ClipboardEnd, ClipboardRule, Confirm, Guard, Rate, Side};
pub use view::{Counts, FORMAT_VERSION, MAGIC, PRELUDE_BYTES, PolicyView};
pub use world::{Framebuffer, VirtualDevices, World};
