//! Sections: counted sequences of records, decoded one at a time from where they lie.

use core::{fmt, marker::PhantomData};

use serde::{Deserialize, Serialize};

use crate::{Counts, RecordFault, encoding};

/// A record of a section.
pub trait Record<'a>: Serialize + Deserialize<'a> {
    /// The section that holds records of this type.
    const SECTION: SectionKind;

    /// Checks ranges and numbers of other records.
    ///
    /// # Errors
    /// When a value is out of range or names a record that does not exist.
    fn check(&self, counts: &Counts) -> Result<(), RecordFault>;
}

macro_rules! section_kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal;)*) => {
        /// The sections, in their order in the file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum SectionKind {
            $($(#[$doc])* $kind,)*
        }

        impl SectionKind {
            /// All sections, in their order in the file.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$kind),*];

            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The name, for messages.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }
    };
}

section_kinds! {
    /// One [`crate::System`].
    System = "system";
    /// One [`crate::Machine`].
    Machine = "machine";
    /// [`crate::SiblingGroup`]s, by lowest processor.
    SiblingGroups = "sibling groups";
    /// [`crate::Classification`]s, lowest first.
    Classifications = "classifications";
    /// [`crate::Compartment`]s, by bit.
    Compartments = "compartments";
    /// [`crate::File`]s, by name.
    Files = "files";
    /// [`crate::Image`]s, by name.
    Images = "images";
    /// [`crate::World`]s, by name.
    Worlds = "worlds";
    /// [`crate::Component`]s, by name.
    Components = "components";
    /// [`crate::PortRange`]s.
    PortRanges = "port ranges";
    /// [`crate::MsrRange`]s.
    MsrRanges = "MSR ranges";
    /// [`crate::MmioRegion`]s.
    MmioRegions = "MMIO regions";
    /// [`crate::ControlRight`]s, by component.
    ControlRights = "control rights";
    /// [`crate::Device`]s, by name.
    Devices = "devices";
    /// [`crate::Link`]s, by name.
    Links = "links";
    /// [`crate::LinkMember`]s, by link.
    LinkMembers = "link members";
    /// [`crate::Network`]s, by name.
    Networks = "networks";
    /// [`crate::NetworkPort`]s, by network.
    NetworkPorts = "network ports";
    /// [`crate::Channel`]s, by origin, then name.
    Channels = "channels";
    /// [`crate::ClipboardRule`]s, by name.
    ClipboardRules = "clipboard rules";
    /// [`crate::ClipboardEnd`]s, by rule.
    ClipboardEnds = "clipboard ends";
    /// [`crate::Guard`]s, by name.
    Guards = "guards";
    /// [`crate::MinorFrame`]s, by processor, then start.
    MinorFrames = "minor frames";
    /// At most one [`crate::Display`].
    Display = "display";
    /// At most one [`crate::Attestation`].
    Attestation = "attestation";
    /// [`crate::Officer`]s, by name.
    Officers = "officers";
}

impl fmt::Display for SectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The records of one type.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a, T> {
    bytes: &'a [u8],
    count: u32,
    record: PhantomData<T>,
}

impl<'a, T: Record<'a>> Section<'a, T> {
    pub(crate) const fn new(bytes: &'a [u8], count: u32) -> Self {
        Self { bytes, count, record: PhantomData }
    }

    /// How many records there are.
    pub const fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The records in their order.
    pub const fn iter(&self) -> Records<'a, T> {
        Records { bytes: self.bytes, left: self.count, record: PhantomData }
    }

    /// The record at `position`. Takes time in proportion to it, as records differ in length.
    pub fn get(&self, position: usize) -> Option<T> {
        self.iter().nth(position)
    }
}

impl<'a, T: Record<'a>> IntoIterator for Section<'a, T> {
    type Item = T;
    type IntoIter = Records<'a, T>;

    fn into_iter(self) -> Records<'a, T> {
        self.iter()
    }
}

/// An iterator over the records of a section.
#[derive(Clone, Debug)]
pub struct Records<'a, T> {
    bytes: &'a [u8],
    left: u32,
    record: PhantomData<T>,
}

impl<'a, T: Record<'a>> Iterator for Records<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        let (record, rest) = encoding::decode_valid(self.bytes)?;
        self.bytes = rest;
        Some(record)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl<'a, T: Record<'a>> ExactSizeIterator for Records<'a, T> {}
