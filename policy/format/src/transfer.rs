//! Transfers that a person takes part in: the clipboard, and guards.

use serde::{Deserialize, Serialize};

use crate::{ChannelIndex, ClipboardRuleIndex, SubjectIndex};

/// A rule that lets the user carry the clipboard between worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipboardRule<'a> {
    /// The policy's name for it.
    pub name: &'a str,
    /// The most that one paste carries, in bytes.
    pub max: u64,
    /// How long a copied text stays pasteable, in nanoseconds.
    pub timeout: u64,
    /// What the user is asked.
    pub confirm: Confirm,
}

/// A world at one side of a clipboard rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipboardEnd {
    /// Which rule.
    pub rule: ClipboardRuleIndex,
    /// Which world.
    pub world: SubjectIndex,
    /// Which side.
    pub side: Side,
}

/// The side of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Side {
    /// Data comes from there.
    From,
    /// Data goes there.
    To,
}

/// A guard: the only way from a level to one that does not dominate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard<'a> {
    /// The policy's name for it.
    pub name: &'a str,
    /// Where data comes from.
    pub from: SubjectIndex,
    /// Where data goes to.
    pub to: SubjectIndex,
    /// The trusted component that filters.
    pub component: SubjectIndex,
    /// The channel from `from` to the component.
    pub input: ChannelIndex,
    /// The channel from the component to `to`.
    pub output: ChannelIndex,
    /// The media type that passes, such as `text/plain`.
    pub content_type: &'a str,
    /// The characters that pass.
    pub charset: Charset,
    /// The most that one transfer carries, in bytes.
    pub max: u64,
    /// How often.
    pub rate: Rate,
    /// What the user is asked.
    pub confirm: Confirm,
    /// The last day on which it works, in days since 1970-01-01.
    pub expires: u32,
    /// Why it exists, in the officer's words.
    pub because: &'a str,
}

/// The characters that a guard lets pass.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Charset {
    /// Printable ASCII, tab and line feed.
    #[default]
    Ascii,
    /// Unicode text in UTF-8 without control characters.
    Utf8,
    /// Any bytes.
    Binary,
}

/// How often a transfer may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rate {
    /// This many times
    pub count: u32,
    /// in this many nanoseconds.
    pub per: u64,
}

/// What the user does before data moves.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Confirm {
    /// Nothing: it moves by itself.
    None,
    /// Says yes to names and size.
    UserConfirms,
    /// Sees the whole content on the trusted screen and says yes.
    #[default]
    UserSeesContent,
}
