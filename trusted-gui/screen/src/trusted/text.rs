//! Texts that are made here, and texts over several lines.

use core::fmt::Write;

use heapless::String;

use crate::{
    color::Color,
    font::{self, Face},
    geometry::Rect,
    surface::Surface,
};

/// Seconds since boot as hours, minutes and seconds.
pub(super) fn time(seconds: u32) -> String<16> {
    let mut text = String::new();
    // At most 7 digits of hours.
    let _ = write!(text, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    text
}

/// An amount of memory, in GiB where it is a whole number of them.
pub(super) fn memory(mebibytes: u32) -> String<16> {
    let mut text = String::new();
    let _ = match mebibytes % 1024 {
        0 if mebibytes > 0 => write!(text, "{} GiB", mebibytes / 1024),
        _ => write!(text, "{mebibytes} MiB"),
    };
    text
}

/// How much of a text goes on a line of `columns` characters, and the rest. Lines end between words;
/// a word longer than a line is divided.
pub(super) fn line(text: &str, columns: usize) -> (&str, &str) {
    if font::length(text) <= columns {
        return (text, "");
    }
    let limit = text.char_indices().nth(columns.max(1)).map_or(text.len(), |(at, _)| at);
    let head = text.get(..=limit).or_else(|| text.get(..limit)).unwrap_or_default();
    match head.rfind(' ') {
        Some(at) if at > 0 => {
            (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())
        }
        _ => text.split_at_checked(limit).unwrap_or((text, "")),
    }
}

/// How many lines a text takes.
pub(super) fn lines(mut text: &str, columns: usize) -> i32 {
    let mut count = 0;
    while !text.is_empty() {
        (_, text) = line(text, columns);
        count += 1;
    }
    count
}

impl Surface<'_> {
    /// Writes a text over as many lines as it needs, as far as `within` reaches; returns the row below.
    pub(super) fn paragraph(
        &mut self,
        within: Rect,
        face: Face,
        leading: i32,
        ink: Color,
        mut text: &str,
    ) -> i32 {
        let columns = (within.width / face.advance()).max(1) as usize;
        let mut y = within.y;
        while !text.is_empty() && y + face.height() <= within.bottom() {
            let (head, rest) = line(text, columns);
            self.text(within.x, y, face, ink, head);
            text = rest;
            y += leading;
        }
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut text: &str, columns: usize) -> Vec<&str> {
        let mut found = vec![];
        while !text.is_empty() {
            let head;
            (head, text) = line(text, columns);
            found.push(head);
        }
        found
    }

    #[test]
    fn lines_end_between_words_and_lose_nothing() {
        let text = "what it has not saved is lost";
        assert_eq!(all(text, 11), ["what it has", "not saved", "is lost"]);
        assert_eq!(all(text, 99), [text]);
        assert_eq!(all("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(all("\u{e4}\u{f6}\u{fc}\u{df}", 3), ["\u{e4}\u{f6}\u{fc}", "\u{df}"]);
        assert_eq!(lines(text, 11), 3);
        for columns in 1..40 {
            assert_eq!(all(text, columns).concat().replace(' ', ""), text.replace(' ', ""));
            assert!(all(text, columns).iter().all(|line| line.len() <= columns));
        }
    }

    #[test]
    fn times_and_amounts_are_written_out() {
        assert_eq!(time(11_045), "03:04:05");
        assert_eq!(time(u32::MAX), "1193046:28:15");
        assert_eq!(memory(2048), "2 GiB");
        assert_eq!(memory(1536), "1536 MiB");
        assert_eq!(memory(0), "0 MiB");
    }
}
