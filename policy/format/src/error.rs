//! Why bytes are not a policy. Each message is distinct, for the screen of a machine that refuses it.

use core::fmt;

use crate::{FORMAT_VERSION, SectionKind};

/// Why bytes are not a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The first bytes are not [`crate::MAGIC`].
    NotAPolicy,
    /// The policy was compiled for another version of the format.
    OtherFormatVersion {
        /// The version in the file.
        found: u16,
    },
    /// The file ends before its stated length.
    Truncated {
        /// Bytes that there should be, at least.
        needed: u64,
        /// Bytes that there are.
        present: u64,
    },
    /// The file goes on after its stated length.
    TrailingBytes {
        /// How many bytes are too many.
        count: u64,
    },
    /// The number or the lengths of sections contradict the length of the file.
    SectionTable,
    /// A section's records do not fill it exactly.
    SectionLength {
        /// Which section.
        section: SectionKind,
    },
    /// A section that has exactly one record, or at least one, has another number.
    SectionCount {
        /// Which section.
        section: SectionKind,
        /// How many records it has.
        found: u32,
    },
    /// A record is wrong.
    Record {
        /// Which section.
        section: SectionKind,
        /// Which record, counted from 0.
        record: u32,
        /// What is wrong with it.
        fault: RecordFault,
    },
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFault {
    /// Its bytes are not a value of its type.
    Malformed,
    /// It ends in the middle of a value.
    Truncated,
    /// A text is not UTF-8.
    NotUtf8,
    /// It is written in more bytes than needed.
    NotCanonical,
    /// It names a record that does not exist.
    Dangling {
        /// The field.
        field: &'static str,
        /// The number in it.
        value: u64,
        /// How many records there are to name.
        count: u64,
    },
    /// A value is out of its range.
    OutOfRange {
        /// The field.
        field: &'static str,
    },
    /// Records are out of order, or one appears twice.
    Order,
    /// A processor's slots do not fill the major frame without gap.
    Gap,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPolicy => write!(f, "this is not a compiled policy"),
            Self::OtherFormatVersion { found } => write!(
                f,
                "the policy is in format version {found}, this appliance reads version {FORMAT_VERSION}"
            ),
            Self::Truncated { needed, present } => {
                write!(f, "the policy is cut off: {present} of {needed} bytes are there")
            }
            Self::TrailingBytes { count } => {
                write!(f, "{count} bytes follow the end of the policy")
            }
            Self::SectionTable => {
                write!(f, "the policy's table of sections contradicts its length")
            }
            Self::SectionLength { section } => {
                write!(f, "the records of section {section} do not fill it exactly")
            }
            Self::SectionCount { section, found } => {
                write!(f, "section {section} has the wrong number of records, {found}")
            }
            Self::Record { section, record, fault } => {
                write!(f, "record {record} of section {section} {fault}")
            }
        }
    }
}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => write!(f, "is malformed"),
            Self::Truncated => write!(f, "is cut off"),
            Self::NotUtf8 => write!(f, "holds text that is not UTF-8"),
            Self::NotCanonical => write!(f, "is not in its shortest form"),
            Self::Dangling { field, value, count } => {
                write!(f, "names number {value} in `{field}`, of which there are {count}")
            }
            Self::OutOfRange { field } => write!(f, "has `{field}` out of range"),
            Self::Order => write!(f, "is out of order or there twice"),
            Self::Gap => write!(f, "leaves a gap in, or exceeds, the major frame"),
        }
    }
}

impl core::error::Error for DecodeError {}
