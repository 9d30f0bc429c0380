//! The trusted screen.

use serde::{Deserialize, Serialize};

use crate::{Level, SubjectIndex};

/// Screen and input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Display {
    /// The component that owns both.
    pub gui: SubjectIndex,
    /// The highest level that may be shown where the screen stands.
    pub highest: Level,
    /// The narrowest screen that the policy is for, in pixels.
    pub width: u16,
    /// The lowest screen that the policy is for, in pixels.
    pub height: u16,
    /// Always leads to the trusted screen.
    pub secure_attention: KeyChord,
    /// The keyboard's layout.
    pub keyboard: KeyboardLayout,
    /// Whether labels are drawn at double size.
    pub large_text: bool,
}

/// Keys pressed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyChord {
    /// Held keys.
    pub modifiers: Modifiers,
    /// The key pressed while they are held.
    pub key: Key,
}

/// A set of held keys, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Modifiers(pub u8);

impl Modifiers {
    /// Either control key.
    pub const CONTROL: Self = Self(1 << 0);
    /// Either alternate key.
    pub const ALT: Self = Self(1 << 1);
    /// Either shift key.
    pub const SHIFT: Self = Self(1 << 2);
    /// All of the above.
    pub const ALL: Self = Self(0b111);

    /// Whether all of `other` are held.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A key that can be the secure attention key.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[expect(missing_docs, reason = "the keys are named as on the keyboard")]
pub enum Key {
    #[default]
    Break,
    Delete,
    Escape,
    Home,
    End,
    Insert,
    F1,
    F2,
    F3,
    F4,
    F5,
    F6,
    F7,
    F8,
    F9,
    F10,
    F11,
    F12,
}

/// A keyboard layout.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum KeyboardLayout {
    /// US English.
    #[default]
    Us,
    /// British English.
    Uk,
    /// German.
    De,
    /// French.
    Fr,
}
