//! Where the strips end and the worlds begin, and how large text is: all from the screen's size.

use crate::{
    font::Face,
    geometry::{Rect, Size},
};

/// The division of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The whole screen.
    pub screen: Rect,
    /// The upper label strip, full width.
    pub top: Rect,
    /// The lower label strip, full width.
    pub bottom: Rect,
    /// Between the strips: all that worlds and the trusted screen have.
    pub area: Rect,
    /// The face of the strips.
    pub strip_face: Face,
    /// The face of all other text.
    pub body: Face,
}

impl Layout {
    /// Divides a screen; with `large_text` labels are about twice and other text half again as high.
    ///
    /// Text is a fixed share of the screen, so that it appears equally large at the usual distance
    /// on screens of one physical size, whatever their resolution. High, narrow screens count as if
    /// they were 4 by 3.
    #[must_use]
    pub fn new(size: Size, large_text: bool) -> Self {
        let basis = size.height.min(size.width * 3 / 4);
        let body = Face::near((basis / 56).max(16));
        let strip_face = Face::near((basis / 36).max(16));
        let (body, strip_face) = if large_text {
            (Face::near(body.height() * 3 / 2), Face::near(strip_face.height() * 2))
        } else {
            (body, strip_face)
        };
        let strip = text_row(strip_face) + band(strip_face) + EDGE;
        let screen = size.rect();
        let (top, rest) = screen.split_top(strip);
        let (area, bottom) = rest.split_top(rest.height - strip);
        Self { screen, top, bottom, area, strip_face, body }
    }

    /// Space between things, in pixels.
    #[must_use]
    pub const fn gap(&self) -> i32 {
        self.body.height() / 2
    }

    /// How thick a line is, in pixels.
    #[must_use]
    pub const fn line(&self) -> i32 {
        self.body.height() / 16
    }
}

/// Height of the dark line between a strip and what a world may draw.
pub const EDGE: i32 = 2;

/// Height of a strip's text with the space around it.
#[must_use]
pub const fn text_row(face: Face) -> i32 {
    face.height() * 5 / 4
}

/// Height of a strip's pattern.
#[must_use]
pub const fn band(face: Face) -> i32 {
    let share = face.height() / 4;
    if share < 6 { 6 } else { share }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_every_screen_cover_it_and_leave_most_to_the_worlds() {
        for (width, height) in [(800, 600), (1280, 800), (1920, 1080), (3840, 2160), (800, 2160)] {
            for large in [false, true] {
                let layout = Layout::new(Size::new(width, height), large);
                assert_eq!(layout.top.y, 0);
                assert_eq!(layout.top.bottom(), layout.area.y);
                assert_eq!(layout.area.bottom(), layout.bottom.y);
                assert_eq!(layout.bottom.bottom(), height);
                for part in [layout.top, layout.area, layout.bottom] {
                    assert_eq!((part.x, part.width), (0, width));
                }
                let strips = layout.top.height + layout.bottom.height;
                assert!(strips * 100 / height <= if large { 18 } else { 10 }, "{width}x{height}");
            }
        }
    }

    #[test]
    fn text_grows_with_the_screen_and_the_large_mode() {
        let faces = |width, height, large| {
            let layout = Layout::new(Size::new(width, height), large);
            (layout.strip_face.height(), layout.body.height())
        };
        assert_eq!(faces(800, 600, false), (16, 16));
        assert_eq!(faces(800, 600, true), (32, 24));
        assert_eq!(faces(1920, 1080, false), (32, 20));
        assert_eq!(faces(3840, 2160, false), (64, 40));
        assert_eq!(faces(3840, 2160, true), (128, 64));
    }
}
