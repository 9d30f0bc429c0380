//! The closed schema: every section and key, described once.
//!
//! The reader, the JSON Schema for editors and the manual's reference are all made from these tables.

mod choices;
mod json;
mod reference;
mod sections;

pub use choices::*;
pub use json::json_schema;
pub use reference::reference;
pub use sections::{FORMAT, SECTIONS};

/// A top-level table of the policy.
#[derive(Debug)]
pub struct Section {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in one sentence.
    pub doc: &'static str,
    /// Whether it is one table, or one table for each name.
    pub shape: Shape,
    /// Whether a policy must have it.
    pub required: bool,
    /// Its keys.
    pub keys: &'static [Key],
}

/// Whether a section is one table or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `[system]`
    One,
    /// `[world.internet]`
    Named,
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it says, in one sentence, with its default.
    pub doc: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub kind: Kind,
}

/// What a key holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Integer {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// An amount of memory, such as `"256 MiB"`, in bytes.
    Size {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A time, such as `"10 ms"`, in nanoseconds.
    Duration {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A number written as such or in hexadecimal text, such as `"0xfee00000"`.
    Address,
    /// Text for people.
    Text {
        /// The most characters.
        most: usize,
    },
    /// A name: small letters, digits and hyphens.
    Name,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A level.
    Level,
    /// Two levels.
    LevelRange,
    /// The name of a world or component.
    Subject,
    /// The name of an image.
    Image,
    /// The name of an outside network.
    Network,
    /// A virtual device, or `network:` and a network's name.
    Grant,
    /// `"#C8102E"`
    Color,
    /// SHA-256 in hexadecimal.
    Digest,
    /// `"ed25519:"` and 64 hexadecimal digits.
    PublicKey,
    /// A day: `2027-06-30`.
    Date,
    /// `"10/min"`
    Rate,
    /// `"text/plain"`
    MediaType,
    /// A path below the image root.
    Path,
    /// `"1024x768"`
    Resolution,
    /// `"ctrl+alt+break"`
    KeyChord,
    /// `"00:03.0"`
    PciAddress,
    /// `"1af4:1041"`
    PciIdentity,
    /// `"0x60"` or `"0x60-0x64"`, at most this.
    Range {
        /// The most.
        max: u64,
    },
    /// Several of a kind.
    List(&'static Kind),
    /// A table.
    Table(&'static [Key]),
    /// A table whose keys are names, or processor numbers.
    Map {
        /// Whether keys are processor numbers.
        numbered: bool,
        /// What each holds.
        value: &'static Kind,
    },
}

impl Section {
    /// The section with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SECTIONS.iter().find(|section| section.name == name)
    }
}
