//! Why a firmware's event log is refused.

use core::fmt;

use super::{EventKind, MAX_ALGORITHMS, MAX_EVENTS};

/// Why a log is refused. Events are counted from 0, which is the header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFault {
    /// It does not begin as a crypto-agile log does.
    NotALog,
    /// A version of the format that is not 2, or an impossible size of integers.
    Version {
        /// Major version.
        major: u8,
        /// Code of the size of the firmware's integers.
        uintn: u8,
    },
    /// No algorithm, or too many, are announced.
    Algorithms(usize),
    /// SHA-256 is not among the digests.
    NoSha256,
    /// The header's size and content disagree by so many bytes.
    HeaderSize(usize),
    /// The log ends inside this event.
    Truncated(u32),
    /// More events than [`MAX_EVENTS`].
    TooManyEvents,
    /// A type that the profile does not define.
    Kind {
        /// The event.
        event: u32,
        /// The type.
        kind: u32,
    },
    /// There is no such PCR.
    Pcr {
        /// The event.
        event: u32,
        /// The PCR.
        pcr: u32,
    },
    /// Another number of digests than the header announces.
    Digests {
        /// The event.
        event: u32,
        /// Digests that it has.
        found: usize,
        /// Digests that the header announces.
        expected: usize,
    },
    /// A digest algorithm that was not announced, or twice.
    Algorithm {
        /// The event.
        event: u32,
        /// Its TPM_ALG_ID.
        algorithm: u16,
    },
    /// The digest is not that of the data, where the profile says that it is.
    Data {
        /// The event.
        event: u32,
        /// Its type.
        kind: EventKind,
    },
    /// A separator with content of its own.
    Separator(u32),
}

impl fmt::Display for LogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotALog => f.write_str("not a crypto-agile firmware event log"),
            Self::Version { major, uintn } => {
                write!(f, "a firmware event log of version {major} with integers of code {uintn}")
            }
            Self::Algorithms(count) => write!(
                f,
                "the firmware event log announces {count} digest algorithms, 1 to {MAX_ALGORITHMS} \
                 are allowed"
            ),
            Self::NoSha256 => f.write_str("the firmware event log has no SHA-256 digests"),
            Self::HeaderSize(left) => {
                write!(f, "{left} bytes are left in the firmware event log's header")
            }
            Self::Truncated(event) => {
                write!(f, "the firmware event log ends inside event {event}")
            }
            Self::TooManyEvents => {
                write!(f, "the firmware event log has more than {MAX_EVENTS} events")
            }
            Self::Kind { event, kind } => {
                write!(f, "firmware event {event} is of the unknown type {kind:#010x}")
            }
            Self::Pcr { event, pcr } => write!(f, "firmware event {event} names PCR {pcr}"),
            Self::Digests { event, found, expected } => {
                write!(f, "firmware event {event} has {found} digests, the header says {expected}")
            }
            Self::Algorithm { event, algorithm } => write!(
                f,
                "firmware event {event} has a digest of algorithm {algorithm:#06x}, unannounced \
                 or twice"
            ),
            Self::Data { event, kind } => {
                write!(f, "firmware event {event} ({kind}): the digest is not that of its data")
            }
            Self::Separator(event) => {
                write!(f, "firmware event {event} is a separator with content")
            }
        }
    }
}
