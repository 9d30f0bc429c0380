//! How a level is shown to people: text, colour and a pattern for those who cannot rely on colour.

use serde::{Deserialize, Serialize};

/// A classification and its marking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification<'a> {
    /// The policy's name for it, as in `level = "secret"`.
    pub name: &'a str,
    /// The text where there is room, such as `TOP SECRET`.
    pub long: &'a str,
    /// The text where there is little, such as `TS`.
    pub short: &'a str,
    /// The ground of the strip.
    pub color: Color,
    /// The text on it.
    pub text_color: Color,
    /// The border pattern of the strip.
    pub pattern: Pattern,
}

/// A compartment and its marking, which follows the classification's after `//`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compartment<'a> {
    /// The policy's name for it.
    pub name: &'a str,
    /// The text where there is room.
    pub long: &'a str,
    /// The text where there is little.
    pub short: &'a str,
}

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Color {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
}

/// The pattern along the border of a label strip.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Pattern {
    /// One colour throughout.
    #[default]
    Solid,
    /// Diagonal stripes.
    Stripes,
    /// Rows of dots.
    Dots,
    /// Squares of alternating shade.
    Checks,
    /// Zigzag lines.
    Zigzag,
    /// Short dashes.
    Dashes,
    /// Diagonal stripes both ways.
    Crosshatch,
    /// Two parallel lines.
    Double,
}
