//! Levels and how they are marked.

use std::collections::HashMap;

use cloister_policy_format::{ClassificationIndex, Color, Level, Pattern};

use crate::source::{Located, Span};

/// The ordered classifications and the compartments.
#[derive(Clone, Debug, Default)]
pub struct Lattice {
    /// The section's heading.
    pub span: Span,
    /// Classifications, lowest first.
    pub classifications: Vec<Located<String>>,
    /// Compartments, by bit.
    pub compartments: Vec<Located<String>>,
    /// Markings that the policy gives, by name of the classification.
    pub markings: Vec<Marking>,
    /// Texts that the policy gives for compartments, by name.
    pub compartment_texts: Vec<CompartmentText>,
    /// Position of each classification, the first where one is named twice.
    pub classification_positions: HashMap<String, u8>,
    /// Position of each compartment, the first where one is named twice.
    pub compartment_positions: HashMap<String, u8>,
}

/// How a classification is shown.
#[derive(Clone, Debug)]
pub struct Marking {
    /// The classification, as written.
    pub name: Located<String>,
    /// Its position, when it exists.
    pub classification: Option<ClassificationIndex>,
    /// Text where there is room.
    pub long: Option<Located<String>>,
    /// Text where there is little.
    pub short: Option<Located<String>>,
    /// Ground of the strip.
    pub color: Option<Located<Color>>,
    /// Text on it; absent means black or white, whichever reads better.
    pub text_color: Option<Located<Color>>,
    /// Pattern along the border; absent means solid.
    pub pattern: Option<Located<Pattern>>,
    /// Whether it is given, but is none.
    pub pattern_malformed: bool,
}

/// How a compartment is shown.
#[derive(Clone, Debug)]
pub struct CompartmentText {
    /// The compartment, as written.
    pub name: Located<String>,
    /// Its bit, when it exists.
    pub compartment: Option<u8>,
    /// Text where there is room.
    pub long: Option<Located<String>>,
    /// Text where there is little.
    pub short: Option<Located<String>>,
}

impl Lattice {
    /// The level in the policy's words: `secret` or `secret {alpha, bravo}`.
    pub fn describe(&self, level: Level) -> String {
        let classification = self
            .classifications
            .get(level.classification.position())
            .map_or("?", |name| name.value.as_str());
        let compartments: Vec<&str> = level
            .compartments
            .iter()
            .filter_map(|bit| self.compartments.get(bit))
            .map(|name| name.value.as_str())
            .collect();
        if compartments.is_empty() {
            classification.to_owned()
        } else {
            format!("{classification} {{{}}}", compartments.join(", "))
        }
    }
}
