//! A world's frame in the tiled view.

use core::fmt::Write;

use heapless::String;

use crate::{
    color::BLACK,
    font::{self, Face},
    geometry::{Rect, Size},
    label::Label,
    layout::{Layout, band},
    strip::abbreviated,
    surface::Surface,
    theme,
    view::Picture,
};

/// What a frame says and where it is.
#[derive(Clone, Copy, Debug)]
pub struct Tile<'a> {
    /// The whole frame.
    pub rect: Rect,
    /// The world's level.
    pub label: &'a Label,
    /// The world's name.
    pub name: &'a str,
    /// Its number among the worlds, from 1.
    pub number: usize,
    /// Whether keyboard and mouse go there.
    pub focused: bool,
    /// Whether the world stands still.
    pub paused: bool,
}

/// Characters of a name and its number that are worth a line of their own only if more are cut.
const SHORT_NAME: usize = 14;

/// A tile's parts.
struct Parts {
    caption: Rect,
    pattern: Rect,
    inside: Rect,
}

impl Tile<'_> {
    /// How wide a tile has to be for the shortest form of this label.
    #[must_use]
    pub fn least_width(label: &Label, layout: &Layout) -> i32 {
        face(layout).width(label.fitting(0)) + 2 * margin(layout) + 2 * border(layout)
    }

    /// Where the world's picture goes.
    #[must_use]
    pub fn picture(&self, source: Size, layout: &Layout) -> Picture {
        Picture::place(source, self.parts(layout).inside)
    }

    /// Where the picture, or what is said instead of it, can be.
    #[must_use]
    pub fn inside(&self, layout: &Layout) -> Rect {
        self.parts(layout).inside
    }

    /// Draws all but the picture.
    pub fn draw(&self, surface: &mut Surface<'_>, layout: &Layout) {
        let Parts { caption, pattern, inside } = self.parts(layout);
        let label = self.label;
        if self.focused {
            // Around the frame, in the space between tiles.
            let ring = theme::FOCUS_RING * layout.line();
            let outside = self.rect.inset(-ring);
            surface.frame(outside, ring, theme::FOCUS);
        }
        surface.fill(self.rect, label.ground);
        surface.pattern(pattern, label.pattern, label.ink);
        surface.fill(inside, BLACK);
        self.caption(surface, caption, layout);
    }

    /// Name and level on one line if both fit, else on two.
    fn caption(&self, surface: &mut Surface<'_>, caption: Rect, layout: &Layout) {
        let (face, ink) = (face(layout), self.label.ink);
        let room = caption.inset(margin(layout));
        let columns = (room.width / face.advance()).max(0) as usize;
        let name = self.name();
        let y = caption.y + (row(layout) - face.height()) / 2;
        if self.lines(layout) == 1 {
            let level = self.label.fitting(columns.saturating_sub(font::length(&name) + 2));
            let left = columns.saturating_sub(font::length(level) + 2);
            surface.text(room.x, y, face, ink, &abbreviated(&name, left));
            surface.text(room.right() - face.width(level), y, face.bold(), ink, level);
        } else {
            surface.text(room.x, y, face, ink, &abbreviated(&name, columns));
            let level = self.label.fitting(columns);
            surface.text(room.x, y + row(layout), face.bold(), ink, level);
        }
    }

    fn name(&self) -> String<80> {
        let mut name = String::new();
        // A name has at most 63 characters and its number two.
        let paused = if self.paused { " (paused)" } else { "" };
        let _ = write!(name, "{} {}{paused}", self.number, self.name);
        name
    }

    fn lines(&self, layout: &Layout) -> i32 {
        let room =
            (self.rect.width - 2 * border(layout) - 2 * margin(layout)) / face(layout).advance();
        let name = font::length(&self.name()).min(SHORT_NAME);
        let short = font::length(self.label.fitting(0)) + name + 2;
        if short as i32 <= room { 1 } else { 2 }
    }

    fn parts(&self, layout: &Layout) -> Parts {
        let border = border(layout);
        let framed = self.rect.inset(border);
        let (caption, rest) = framed.split_top(row(layout) * self.lines(layout));
        let (pattern, rest) = rest.split_top(band(face(layout)));
        let (_, inside) = rest.split_top(layout.line());
        Parts { caption, pattern, inside }
    }
}

const fn face(layout: &Layout) -> Face {
    layout.body
}

const fn row(layout: &Layout) -> i32 {
    layout.body.height() * 9 / 8
}

const fn margin(layout: &Layout) -> i32 {
    layout.body.height() / 4
}

const fn border(layout: &Layout) -> i32 {
    3 * layout.line()
}
