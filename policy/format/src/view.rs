//! A whole compiled policy, checked once and then read without failure.
//!
//! Layout, all numbers little-endian: [`MAGIC`], format version (`u16`), number of sections (`u16`),
//! length of the whole (`u32`); for each section its number of records (`u32`) and length in bytes
//! (`u32`); then the sections' bytes without gap. A section is its records, each in postcard's
//! encoding. There is one encoding of a policy, so equal policies have equal digests.

use crate::{
    Attestation, Channel, Classification, ClipboardEnd, ClipboardRule, Compartment, Component,
    ControlRight, DecodeError, Device, Display, File, Guard, Image, Link, LinkMember, Machine,
    MinorFrame, MmioRegion, MsrRange, Network, NetworkPort, Officer, PortRange, Record,
    RecordFault, Section, SectionKind, SiblingGroup, SubjectIndex, System, World,
    encoding::decode_record,
};

/// The first bytes of every compiled policy.
pub const MAGIC: [u8; 8] = *b"CLPOLICY";

/// The version of the format that this crate writes and reads.
pub const FORMAT_VERSION: u16 = 1;

/// Length of what precedes the first section.
pub const PRELUDE_BYTES: usize = HEAD_BYTES + SectionKind::COUNT * 8;

const HEAD_BYTES: usize = MAGIC.len() + 2 + 2 + 4;

/// The numbers of records in each section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts([u32; SectionKind::COUNT]);

impl Counts {
    /// How many records the section has.
    pub const fn of(&self, section: SectionKind) -> usize {
        self.0[section as usize] as usize
    }

    /// How many subjects there are: worlds and components.
    pub const fn subjects(&self) -> usize {
        self.of(SectionKind::Worlds) + self.of(SectionKind::Components)
    }
}

/// A compiled policy that passed every check.
#[derive(Clone, Copy, Debug)]
pub struct PolicyView<'a> {
    bytes: &'a [u8],
    sections: [&'a [u8]; SectionKind::COUNT],
    counts: Counts,
    system: System<'a>,
    machine: Machine,
}

macro_rules! sections {
    ($($(#[$doc:meta])* $method:ident: $type:ty;)*) => {
        impl<'a> PolicyView<'a> {
            $($(#[$doc])*
            pub const fn $method(&self) -> Section<'a, $type> {
                let section = <$type as Record<'a>>::SECTION;
                Section::new(self.sections[section as usize], self.counts.of(section) as u32)
            })*
        }
    };
}

sections! {
    /// The processors that share cores, a group for each core.
    sibling_groups: SiblingGroup;
    /// The classifications, lowest first.
    classifications: Classification<'a>;
    /// The compartments, by bit.
    compartments: Compartment<'a>;
    /// The files of the bundle, by name.
    files: File<'a>;
    /// The images, by name.
    images: Image<'a>;
    /// The worlds, by name.
    worlds: World<'a>;
    /// The components, by name.
    components: Component<'a>;
    /// The port ranges of components.
    port_ranges: PortRange;
    /// The model-specific registers of components.
    msr_ranges: MsrRange;
    /// The device memory of components.
    mmio_regions: MmioRegion;
    /// The rights to control other subjects, by component.
    control_rights: ControlRight;
    /// The devices, by name.
    devices: Device<'a>;
    /// The links, by name.
    links: Link<'a>;
    /// The adapters on links.
    link_members: LinkMember;
    /// The outside networks, by name.
    networks: Network<'a>;
    /// The adapters on outside networks.
    network_ports: NetworkPort;
    /// All channels.
    channels: Channel<'a>;
    /// The clipboard rules, by name.
    clipboard_rules: ClipboardRule<'a>;
    /// The worlds of clipboard rules.
    clipboard_ends: ClipboardEnd;
    /// The guards, by name.
    guards: Guard<'a>;
    /// The schedule, by processor, then start.
    minor_frames: MinorFrame;
    /// The officers, by name.
    officers: Officer<'a>;
}

impl<'a> PolicyView<'a> {
    /// Checks everything about `bytes` that reading relies on.
    ///
    /// # Errors
    /// When anything at all is wrong with them; the error says what, and in which record.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (sections, counts) = split(bytes)?;
        let section = |kind: SectionKind| sections[kind as usize];
        let (system, machine) = (
            first(section(SectionKind::System), &counts)?,
            first(section(SectionKind::Machine), &counts)?,
        );
        let view = Self { bytes, sections, counts, system, machine };
        view.check_records()?;
        view.check_counts()?;
        view.check_schedule()?;
        Ok(view)
    }

    /// The bytes that were decoded.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What holds for the whole appliance.
    pub const fn system(&self) -> System<'a> {
        self.system
    }

    /// The least machine that the policy fits on.
    pub const fn machine(&self) -> Machine {
        self.machine
    }

    /// The trusted screen, if there is one.
    pub fn display(&self) -> Option<Display> {
        Section::<Display>::new(
            self.sections[SectionKind::Display as usize],
            self.counts.of(SectionKind::Display) as u32,
        )
        .get(0)
    }

    /// The attester, if there is one.
    pub fn attestation(&self) -> Option<Attestation> {
        Section::<Attestation>::new(
            self.sections[SectionKind::Attestation as usize],
            self.counts.of(SectionKind::Attestation) as u32,
        )
        .get(0)
    }

    /// The numbers of records.
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The name of a subject. Takes time in proportion to its number.
    pub fn subject_name(&self, subject: SubjectIndex) -> Option<&'a str> {
        let worlds = self.worlds().len();
        match subject.position().checked_sub(worlds) {
            None => self.worlds().get(subject.position()).map(|world| world.name),
            Some(component) => self.components().get(component).map(|component| component.name),
        }
    }

    fn check_records(&self) -> Result<(), DecodeError> {
        self.check_section::<System<'a>>()?;
        self.check_section::<Machine>()?;
        self.check_section::<SiblingGroup>()?;
        self.check_section::<Classification<'a>>()?;
        self.check_section::<Compartment<'a>>()?;
        self.check_section::<File<'a>>()?;
        self.check_section::<Image<'a>>()?;
        self.check_section::<World<'a>>()?;
        self.check_section::<Component<'a>>()?;
        self.check_section::<PortRange>()?;
        self.check_section::<MsrRange>()?;
        self.check_section::<MmioRegion>()?;
        self.check_section::<ControlRight>()?;
        self.check_section::<Device<'a>>()?;
        self.check_section::<Link<'a>>()?;
        self.check_section::<LinkMember>()?;
        self.check_section::<Network<'a>>()?;
        self.check_section::<NetworkPort>()?;
        self.check_section::<Channel<'a>>()?;
        self.check_section::<ClipboardRule<'a>>()?;
        self.check_section::<ClipboardEnd>()?;
        self.check_section::<Guard<'a>>()?;
        self.check_section::<MinorFrame>()?;
        self.check_section::<Display>()?;
        self.check_section::<Attestation>()?;
        self.check_section::<Officer<'a>>()
    }

    fn check_section<T: Record<'a>>(&self) -> Result<(), DecodeError> {
        let section = T::SECTION;
        let mut bytes = self.sections[section as usize];
        for record in 0..self.counts.of(section) as u32 {
            let wrong = |fault| DecodeError::Record { section, record, fault };
            let (value, rest) = decode_record::<T>(bytes).map_err(wrong)?;
            value.check(&self.counts).map_err(wrong)?;
            bytes = rest;
        }
        if bytes.is_empty() { Ok(()) } else { Err(DecodeError::SectionLength { section }) }
    }

    fn check_counts(&self) -> Result<(), DecodeError> {
        for section in SectionKind::ALL {
            let found = self.counts.of(section);
            let right = match section {
                SectionKind::System | SectionKind::Machine => found == 1,
                SectionKind::Display | SectionKind::Attestation => found <= 1,
                SectionKind::Classifications => found >= 1,
                _ => true,
            };
            if !right {
                return Err(DecodeError::SectionCount { section, found: found as u32 });
            }
        }
        Ok(())
    }

    fn check_schedule(&self) -> Result<(), DecodeError> {
        let major_frame = self.system.major_frame;
        let mut current = None;
        let mut end = major_frame;
        for (record, frame) in self.minor_frames().iter().enumerate() {
            let wrong = |fault| {
                Err(DecodeError::Record {
                    section: SectionKind::MinorFrames,
                    record: record as u32,
                    fault,
                })
            };
            if current != Some(frame.cpu) {
                if current.is_some_and(|cpu| cpu > frame.cpu) {
                    return wrong(RecordFault::Order);
                }
                if end != major_frame {
                    return wrong(RecordFault::Gap);
                }
                (current, end) = (Some(frame.cpu), 0);
            }
            if frame.start != end {
                return wrong(RecordFault::Gap);
            }
            match frame.start.checked_add(frame.duration) {
                Some(next) if next <= major_frame => end = next,
                _ => return wrong(RecordFault::Gap),
            }
        }
        let frames = self.minor_frames().len() as u32;
        if end == major_frame {
            Ok(())
        } else {
            Err(DecodeError::Record {
                section: SectionKind::MinorFrames,
                record: frames.saturating_sub(1),
                fault: RecordFault::Gap,
            })
        }
    }
}

fn first<'a, T: Record<'a>>(bytes: &'a [u8], counts: &Counts) -> Result<T, DecodeError> {
    let section = T::SECTION;
    if counts.of(section) == 0 {
        return Err(DecodeError::SectionCount { section, found: 0 });
    }
    let (record, _) =
        decode_record(bytes).map_err(|fault| DecodeError::Record { section, record: 0, fault })?;
    Ok(record)
}

/// Finds the sections.
fn split(bytes: &[u8]) -> Result<([&[u8]; SectionKind::COUNT], Counts), DecodeError> {
    let mut reader = Reader { bytes, used: 0 };
    let shared = MAGIC.len().min(bytes.len());
    if bytes[..shared] != MAGIC[..shared] {
        return Err(DecodeError::NotAPolicy);
    }
    reader.take(MAGIC.len() as u64)?;
    let found = reader.u16()?;
    if found != FORMAT_VERSION {
        return Err(DecodeError::OtherFormatVersion { found });
    }
    if usize::from(reader.u16()?) != SectionKind::COUNT {
        return Err(DecodeError::SectionTable);
    }
    let (present, stated) = (bytes.len() as u64, u64::from(reader.u32()?));
    if present < stated {
        return Err(DecodeError::Truncated { needed: stated, present });
    }
    if present > stated {
        return Err(DecodeError::TrailingBytes { count: present - stated });
    }
    let mut counts = [0; SectionKind::COUNT];
    let mut lengths = [0; SectionKind::COUNT];
    for (count, length) in counts.iter_mut().zip(&mut lengths) {
        (*count, *length) = (reader.u32()?, reader.u32()?);
    }
    let mut sections: [&[u8]; SectionKind::COUNT] = [&[]; SectionKind::COUNT];
    for (section, length) in sections.iter_mut().zip(lengths) {
        *section = reader.take(u64::from(length)).map_err(|_| DecodeError::SectionTable)?;
    }
    if reader.used != bytes.len() {
        return Err(DecodeError::SectionTable);
    }
    Ok((sections, Counts(counts)))
}

struct Reader<'a> {
    bytes: &'a [u8],
    used: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], DecodeError> {
        let needed = self.used as u64 + length;
        let taken = usize::try_from(needed)
            .ok()
            .and_then(|end| self.bytes.get(self.used..end))
            .ok_or(DecodeError::Truncated { needed, present: self.bytes.len() as u64 })?;
        self.used += taken.len();
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64)?);
        Ok(array)
    }

    fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_le_bytes)
    }
}
