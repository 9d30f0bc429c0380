//! Everything by which data gets from one subject to another.

use cloister_policy_format::{Charset, Confirm, Level, Rate};

use super::{NetworkReference, SubjectReference};
use crate::source::Located;

/// A declared channel.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name.
    pub name: Located<String>,
    /// The writer.
    pub from: Option<SubjectReference>,
    /// The reader.
    pub to: Option<SubjectReference>,
    /// How its bytes are used; absent means a ring.
    pub kind: Option<Located<SourceChannelKind>>,
    /// Length in bytes.
    pub size: Option<Located<u64>>,
    /// The event that the writer may raise.
    pub event: Option<Located<String>>,
    /// Where a writing world sees it.
    pub from_address: Option<Located<u64>>,
    /// Where a reading world sees it.
    pub to_address: Option<Located<u64>>,
    /// Why it exists.
    pub because: Option<Located<String>>,
}

impl Channel {
    /// How its bytes are used.
    pub fn kind(&self) -> SourceChannelKind {
        self.kind.map_or_else(SourceChannelKind::default, |kind| kind.value)
    }

    /// Whether data goes both ways.
    pub fn is_two_way(&self) -> bool {
        self.kind() == SourceChannelKind::Dialogue
    }
}

/// The kinds of channel that an author can declare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceChannelKind {
    /// Records, one way.
    #[default]
    Ring,
    /// Files from a directory to a directory, one way.
    FileDrop,
    /// Records, both ways: compiled to two channels.
    Dialogue,
}

/// A network between worlds.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its name.
    pub name: Located<String>,
    /// Worlds that send and receive.
    pub worlds: Vec<SubjectReference>,
    /// The one sender of a one-way link.
    pub from: Option<SubjectReference>,
    /// The receivers of a one-way link.
    pub to: Vec<SubjectReference>,
    /// Length of each of its channels in bytes; absent means 256 KiB.
    pub size: Option<Located<u64>>,
}

/// A network outside the appliance.
#[derive(Clone, Debug)]
pub struct Network {
    /// Its name.
    pub name: Located<String>,
    /// The level that it is cleared for.
    pub level: Option<Located<Level>>,
    /// The component that drives the port.
    pub driver: Option<SubjectReference>,
}

/// A subject's adapter on an outside network.
#[derive(Clone, Debug)]
pub struct NetworkUse {
    /// Which network.
    pub network: NetworkReference,
}

/// A rule that lets the user carry the clipboard.
#[derive(Clone, Debug)]
pub struct ClipboardRule {
    /// Its name.
    pub name: Located<String>,
    /// Where text may be copied.
    pub from: Vec<SubjectReference>,
    /// Where it may be pasted.
    pub to: Vec<SubjectReference>,
    /// The most that one paste carries, in bytes.
    pub max: Option<Located<u64>>,
    /// How long a copied text stays, in nanoseconds.
    pub timeout: Option<Located<u64>>,
    /// What the user is asked.
    pub confirm: Option<Located<Confirm>>,
}

/// A guard.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Its name.
    pub name: Located<String>,
    /// Where data comes from.
    pub from: Option<SubjectReference>,
    /// Where data goes to.
    pub to: Option<SubjectReference>,
    /// The trusted component that filters.
    pub component: Option<SubjectReference>,
    /// What may pass.
    pub content: Content,
    /// What the user is asked.
    pub confirm: Option<Located<Confirm>>,
    /// The last day on which it works, in days since 1970-01-01.
    pub expires: Option<Located<u32>>,
    /// Why it exists.
    pub because: Option<Located<String>>,
    /// Length of each of its two channels in bytes; absent means 64 KiB.
    pub size: Option<Located<u64>>,
    /// Keys, also of its content, that are there with a value that is none.
    pub malformed: Vec<&'static str>,
}

/// What a guard lets pass.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The media type.
    pub media_type: Option<Located<String>>,
    /// The characters.
    pub charset: Option<Located<Charset>>,
    /// The most that one transfer carries, in bytes.
    pub max: Option<Located<u64>>,
    /// How often.
    pub rate: Option<Located<Rate>>,
}
