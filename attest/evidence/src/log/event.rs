//! One event.

use core::fmt;

use cloister_bundle::Digest;
use minicbor::{Decoder, Encoder, encode::Write};

use super::{IMAGE_PCR, MACHINE_PCR};
use crate::canonical::Comparing;

/// Longest name in an event, in bytes: as in a bundle's manifest.
pub const MAX_NAME: usize = cloister_bundle::MAX_NAME;

/// Longest encoding of an event, in bytes.
pub const MAX_EVENT: usize = MAX_NAME + 2 + 34 + 3;

/// Who measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measurer {
    /// The boot program, which the firmware has measured.
    BootProgram,
    /// The resident kernel, which the boot program has measured.
    Kernel,
}

/// What the isolation check found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The finished tables are as the policy says.
    Passed,
    /// They are not.
    Failed,
    /// They were not checked.
    NotRun,
}

/// The policy's switches that weaken what it promises.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Switches {
    /// Kernel and components write to a serial line.
    pub debug: bool,
    /// Devices may write memory without an IOMMU.
    pub unsafe_dma: bool,
}

/// What was measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event<'a> {
    /// The resident kernel's ELF file.
    Kernel(Digest),
    /// The officers whose signatures count.
    TrustAnchors(Digest),
    /// The bundle's manifest.
    Manifest(Digest),
    /// The compiled policy.
    Policy {
        /// Digest of its bytes.
        sha256: Digest,
        /// Its version.
        version: u64,
        /// Its switches.
        switches: Switches,
    },
    /// The officers' signatures.
    PolicySignature(Digest),
    /// A component's program.
    Component {
        /// Its file in the bundle.
        name: &'a str,
        /// Digest of the file.
        sha256: Digest,
    },
    /// A file of a world.
    GuestImage {
        /// Its file in the bundle.
        name: &'a str,
        /// Digest of the file.
        sha256: Digest,
    },
    /// A world's command line.
    CommandLine {
        /// The world.
        subject: &'a str,
        /// Digest of the line's bytes.
        sha256: Digest,
    },
    /// Who reaches what, by the finished tables.
    ResourceMap(Digest),
    /// Whether that is what the policy says.
    Isolation(Verdict),
    /// No configuration of the machine can change from here on.
    Lock,
}

/// An event with who measured it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record<'a> {
    /// Who measured.
    pub by: Measurer,
    /// What.
    pub event: Event<'a>,
}

/// Why bytes are not taken as an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EventFault {
    /// Cut off, of another form, or not in the one encoding that it has.
    Malformed,
    /// A kind that the grammar does not know.
    Kind(u64),
    /// A measurer that the grammar does not know.
    Measurer(u64),
    /// A name that is empty, too long, or not of printable characters.
    Name,
}

impl fmt::Display for EventFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("malformed"),
            Self::Kind(kind) => write!(f, "of the unknown kind {kind}"),
            Self::Measurer(by) => write!(f, "by the unknown measurer {by}"),
            Self::Name => f.write_str("with a name that is not allowed"),
        }
    }
}

impl Event<'_> {
    /// The number that its encoding begins with.
    #[must_use]
    pub fn kind(&self) -> u8 {
        match self {
            Self::Kernel(_) => 1,
            Self::TrustAnchors(_) => 2,
            Self::Manifest(_) => 3,
            Self::Policy { .. } => 4,
            Self::PolicySignature(_) => 5,
            Self::Component { .. } => 6,
            Self::GuestImage { .. } => 7,
            Self::CommandLine { .. } => 8,
            Self::ResourceMap(_) => 9,
            Self::Isolation(_) => 10,
            Self::Lock => 11,
        }
    }

    /// What it is, in words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Kernel(_) => "kernel",
            Self::TrustAnchors(_) => "trust anchors",
            Self::Manifest(_) => "manifest",
            Self::Policy { .. } => "policy",
            Self::PolicySignature(_) => "policy signature",
            Self::Component { .. } => "component",
            Self::GuestImage { .. } => "guest image",
            Self::CommandLine { .. } => "command line",
            Self::ResourceMap(_) => "resource map",
            Self::Isolation(_) => "isolation verdict",
            Self::Lock => "lock",
        }
    }

    /// The PCR that it is extended into.
    #[must_use]
    pub fn pcr(&self) -> u8 {
        match self {
            Self::ResourceMap(_) | Self::Isolation(_) | Self::Lock => MACHINE_PCR,
            _ => IMAGE_PCR,
        }
    }

    /// The digest of what was measured, where something was.
    #[must_use]
    pub fn sha256(&self) -> Option<Digest> {
        match *self {
            Self::Kernel(sha256)
            | Self::TrustAnchors(sha256)
            | Self::Manifest(sha256)
            | Self::Policy { sha256, .. }
            | Self::PolicySignature(sha256)
            | Self::Component { sha256, .. }
            | Self::GuestImage { sha256, .. }
            | Self::CommandLine { sha256, .. }
            | Self::ResourceMap(sha256) => Some(sha256),
            Self::Isolation(_) | Self::Lock => None,
        }
    }

    /// The name of what was measured, where there is more than one of its kind.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Component { name, .. } | Self::GuestImage { name, .. } => Some(name),
            Self::CommandLine { subject, .. } => Some(subject),
            _ => None,
        }
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())?;
        match self.name() {
            Some(name) => write!(f, " {name}"),
            None => Ok(()),
        }
    }
}

/// Names are shown to people, so they are of printable ASCII.
fn name_is_allowed(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(|byte| matches!(byte, 0x21..=0x7e))
}

impl Switches {
    pub(crate) fn bits(self) -> u8 {
        u8::from(self.debug) | u8::from(self.unsafe_dma) << 1
    }

    pub(crate) fn of_bits(bits: u8) -> Option<Self> {
        (bits < 4).then_some(Self { debug: bits & 1 != 0, unsafe_dma: bits & 2 != 0 })
    }
}

impl Verdict {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::NotRun => 2,
        }
    }

    pub(crate) fn of_number(number: u8) -> Option<Self> {
        [Self::Passed, Self::Failed, Self::NotRun].into_iter().find(|it| it.number() == number)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotRun => "not run",
        })
    }
}

type Encoded<W> = Result<(), minicbor::encode::Error<<W as Write>::Error>>;

impl<'a> Record<'a> {
    /// Writes the encoding: an array of kind, measurer, and what the kind brings.
    pub(crate) fn encode<W: Write>(&self, encoder: &mut Encoder<W>) -> Encoded<W> {
        let fields = match self.event {
            Event::Lock => 2,
            Event::Policy { .. } => 5,
            _ if self.event.name().is_some() => 4,
            _ => 3,
        };
        let by = match self.by {
            Measurer::BootProgram => 1,
            Measurer::Kernel => 2,
        };
        encoder.array(fields)?.u8(self.event.kind())?.u8(by)?;
        if let Some(sha256) = self.event.sha256() {
            encoder.bytes(&sha256.0)?;
        }
        match self.event {
            Event::Policy { version, switches, .. } => {
                encoder.u64(version)?.u8(switches.bits())?;
            }
            Event::Isolation(verdict) => {
                encoder.u8(verdict.number())?;
            }
            event => {
                if let Some(name) = event.name() {
                    encoder.str(name)?;
                }
            }
        }
        Ok(())
    }

    /// Whether it can be encoded: its name is one that is allowed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.event.name().is_none_or(name_is_allowed)
    }

    /// Reads one event, which must be all of `bytes`, in its one encoding.
    ///
    /// # Errors
    /// Any [`EventFault`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, EventFault> {
        const MALFORMED: EventFault = EventFault::Malformed;
        let malformed = |_| MALFORMED;
        let mut decoder = Decoder::new(bytes);
        decoder.array().map_err(malformed)?;
        let kind = decoder.u64().map_err(malformed)?;
        let by = match decoder.u64().map_err(malformed)? {
            1 => Measurer::BootProgram,
            2 => Measurer::Kernel,
            other => return Err(EventFault::Measurer(other)),
        };
        let event = match kind {
            1 => Event::Kernel(digest(&mut decoder)?),
            2 => Event::TrustAnchors(digest(&mut decoder)?),
            3 => Event::Manifest(digest(&mut decoder)?),
            4 => Event::Policy {
                sha256: digest(&mut decoder)?,
                version: decoder.u64().map_err(malformed)?,
                switches: Switches::of_bits(decoder.u8().map_err(malformed)?).ok_or(MALFORMED)?,
            },
            5 => Event::PolicySignature(digest(&mut decoder)?),
            6..=8 => {
                let sha256 = digest(&mut decoder)?;
                let name = decoder.str().map_err(malformed)?;
                match kind {
                    6 => Event::Component { name, sha256 },
                    7 => Event::GuestImage { name, sha256 },
                    _ => Event::CommandLine { subject: name, sha256 },
                }
            }
            9 => Event::ResourceMap(digest(&mut decoder)?),
            10 => {
                let number = decoder.u8().map_err(malformed)?;
                Event::Isolation(Verdict::of_number(number).ok_or(MALFORMED)?)
            }
            11 => Event::Lock,
            other => return Err(EventFault::Kind(other)),
        };
        let record = Self { by, event };
        if !record.is_allowed() {
            return Err(EventFault::Name);
        }
        let mut encoder = Encoder::new(Comparing(bytes));
        record.encode(&mut encoder).map_err(|_| MALFORMED)?;
        if encoder.writer().0.is_empty() { Ok(record) } else { Err(MALFORMED) }
    }
}

fn digest(decoder: &mut Decoder<'_>) -> Result<Digest, EventFault> {
    let bytes = decoder.bytes().map_err(|_| EventFault::Malformed)?;
    bytes.try_into().map(Digest).map_err(|_| EventFault::Malformed)
}
