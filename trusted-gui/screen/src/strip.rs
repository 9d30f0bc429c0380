//! The label strips at the upper and lower edge of the screen.

use heapless::String;

use crate::{
    color::BLACK,
    font::{self, Face},
    geometry::Rect,
    label::Label,
    layout::{EDGE, band, text_row},
    surface::Surface,
};

/// Which edge of the screen a strip is at: its pattern faces the worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The upper.
    Top,
    /// The lower.
    Bottom,
}

/// What a strip says.
#[derive(Clone, Copy, Debug)]
pub struct Strip<'a> {
    /// The level in the middle.
    pub label: &'a Label,
    /// The world's name at the left.
    pub name: &'a str,
    /// Notes for the right, longest first; the first that fits is shown, if any.
    pub notes: &'a [&'a str],
}

/// Room for a name with its middle left out.
type Name = String<192>;

/// The part of a name that stands for it where there is room for `most` characters: all of it, or its
/// beginning and end with dots between. Names of one policy often differ at the end.
#[must_use]
pub fn abbreviated(name: &str, most: usize) -> Name {
    const DOTS: &str = "...";
    let length = font::length(name);
    let kept = most.saturating_sub(DOTS.len());
    let mut short = Name::new();
    for (index, character) in name.chars().enumerate() {
        let shown = length <= most || index < kept.div_ceil(2) || index + kept / 2 >= length;
        let dots = if length > most && index == kept.div_ceil(2) { DOTS } else { "" };
        // Names have at most 63 characters, so each fits.
        if short.push_str(dots).is_err() || (shown && short.push(character).is_err()) {
            break;
        }
    }
    short
}

impl Surface<'_> {
    /// Draws a label strip that fills `rect`.
    pub fn strip(&mut self, rect: Rect, edge: Edge, face: Face, strip: &Strip<'_>) {
        let label = strip.label;
        let (row, pattern, line) = parts(rect, edge, face);
        self.fill(rect, label.ground);
        self.pattern(pattern, label.pattern, label.ink);
        self.fill(line, BLACK);

        let margin = face.advance();
        let columns = ((rect.width - 2 * margin) / face.advance()).max(0) as usize;
        let level = self.level(columns, strip);
        let room = columns.saturating_sub(font::length(level)) / 2;
        let room = room.saturating_sub(2);
        self.text_centered(row, face.bold(), label.ink, level);
        let y = row.y + (row.height - face.height()) / 2;
        self.text(row.x + margin, y, face, label.ink, &abbreviated(strip.name, room));
        if let Some(note) = strip.notes.iter().find(|note| font::length(note) <= room) {
            let x = row.right() - margin - face.width(note);
            self.text(x, y, face, label.ink, note);
        }
    }

    /// The level's longest form that leaves the name its room.
    fn level<'a>(&self, columns: usize, strip: &Strip<'a>) -> &'a str {
        let beside = 2 * (font::length(strip.name) + 2);
        strip.label.fitting(columns.saturating_sub(beside))
    }
}

/// The rows of text, of the pattern, and of the line towards the worlds.
fn parts(rect: Rect, edge: Edge, face: Face) -> (Rect, Rect, Rect) {
    match edge {
        Edge::Top => {
            let (row, rest) = rect.split_top(text_row(face));
            let (pattern, line) = rest.split_top(band(face));
            (row, pattern, line)
        }
        Edge::Bottom => {
            let (line, rest) = rect.split_top(EDGE);
            let (pattern, row) = rest.split_top(band(face));
            (row, pattern, line)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviated_names_keep_both_ends_and_their_room() {
        assert_eq!(abbreviated("internet", 8), "internet");
        assert_eq!(abbreviated("project-alpha-1", 9), "pro...a-1");
        assert_eq!(abbreviated("project-alpha-1", 10), "proj...a-1");
        let long = "x".repeat(63);
        for most in 3..70 {
            assert_eq!(abbreviated(&long, most).len(), most.min(63));
        }
    }
}
