//! Text: Noto Sans Mono in sizes from 16 to 128 pixels, regular and bold.

use noto_sans_mono_bitmap::{
    FontWeight, RasterHeight, RasterizedChar, get_raster, get_raster_width,
};

use crate::{
    color::{Color, pixel},
    geometry::Rect,
    surface::Surface,
};

/// A size and weight of the font. All characters of a face are equally wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Face {
    raster: RasterHeight,
    weight: FontWeight,
    /// Pixels on the screen for each pixel of the raster, in either direction.
    factor: i32,
}

/// The sizes, smallest first. Those over 32 pixels are enlarged with smoothed edges.
const SIZES: [(RasterHeight, i32); 10] = [
    (RasterHeight::Size16, 1),
    (RasterHeight::Size20, 1),
    (RasterHeight::Size24, 1),
    (RasterHeight::Size32, 1),
    (RasterHeight::Size20, 2),
    (RasterHeight::Size24, 2),
    (RasterHeight::Size32, 2),
    (RasterHeight::Size24, 3),
    (RasterHeight::Size32, 3),
    (RasterHeight::Size32, 4),
];

/// Room for one row of the widest character.
const WIDEST: usize = 128;

impl Face {
    /// The regular face whose height is nearest to `height` pixels.
    #[must_use]
    pub fn near(height: i32) -> Self {
        let mut best =
            Self { raster: RasterHeight::Size16, weight: FontWeight::Regular, factor: 1 };
        for (raster, factor) in SIZES {
            let face = Self { raster, factor, ..best };
            if face.height().abs_diff(height) < best.height().abs_diff(height) {
                best = face;
            }
        }
        best
    }

    /// The same size in bold.
    #[must_use]
    pub const fn bold(self) -> Self {
        Self { weight: FontWeight::Bold, ..self }
    }

    /// The next smaller size, or the same if there is none.
    #[must_use]
    pub fn smaller(self) -> Self {
        let mut found = self;
        for (raster, factor) in SIZES {
            let face = Self { raster, factor, ..self };
            if face.height() < self.height() {
                found = face;
            }
        }
        found
    }

    /// Pixels from a line's upper to its lower edge.
    #[must_use]
    pub const fn height(self) -> i32 {
        self.raster.val() as i32 * self.factor
    }

    /// Pixels from a character to the next.
    #[must_use]
    pub const fn advance(self) -> i32 {
        get_raster_width(self.weight, self.raster) as i32 * self.factor
    }

    /// How wide a text is.
    #[must_use]
    pub fn width(self, text: &str) -> i32 {
        self.advance().saturating_mul(length(text) as i32)
    }

    fn glyph(self, character: char) -> Option<RasterizedChar> {
        get_raster(character, self.weight, self.raster)
    }
}

/// How many characters a text has.
#[must_use]
pub fn length(text: &str) -> usize {
    text.chars().count()
}

impl Surface<'_> {
    /// Writes a text with its left upper corner at (`x`, `y`); returns where the next character would
    /// begin. A character that the font lacks is shown as an empty box.
    pub fn text(&mut self, x: i32, y: i32, face: Face, ink: Color, text: &str) -> i32 {
        let (advance, height) = (face.advance(), face.height());
        let mut left = x;
        for character in text.chars() {
            let cell = Rect::new(left, y, advance, height);
            #[cfg(test)]
            cut::note(cell, self.bounds());
            if !cell.intersection(self.bounds()).is_empty() {
                match face.glyph(character) {
                    Some(glyph) => self.glyph(cell, face, &glyph, pixel(ink)),
                    None => self.frame(cell.inset(height / 8), face.factor, ink),
                }
            }
            left += advance;
        }
        self.mark(Rect::new(x, y, left - x, height));
        left
    }

    /// Writes a text so that its middle is that of `within`.
    pub fn text_centered(&mut self, within: Rect, face: Face, ink: Color, text: &str) {
        let x = within.x + (within.width - face.width(text)) / 2;
        let y = within.y + (within.height - face.height()) / 2;
        self.text(x, y, face, ink, text);
    }

    fn glyph(&mut self, cell: Rect, face: Face, glyph: &RasterizedChar, ink: u32) {
        if face.factor == 1 {
            for (row, y) in glyph.rows().zip(cell.y..) {
                self.cover(cell.x, y, row, ink);
            }
            return;
        }
        let mut coverage = [0; WIDEST];
        let width = (cell.width as usize).min(WIDEST);
        for row in 0..cell.height {
            for (column, coverage) in (0..).zip(coverage.iter_mut().take(width)) {
                *coverage = enlarged(glyph, column, row, face.factor);
            }
            self.cover(cell.x, cell.y + row, coverage.get(..width).unwrap_or_default(), ink);
        }
    }
}

/// Coverage of a pixel of an enlarged character, between those of the four nearest raster pixels.
fn enlarged(glyph: &RasterizedChar, column: i32, row: i32, factor: i32) -> u8 {
    // Positions of pixels' centres, in 1/256 of a raster pixel.
    let position = |at: i32| ((2 * at + 1) * 128 / factor - 128).max(0);
    let (x, y) = (position(column), position(row));
    let at = |dx: i32, dy: i32| {
        i32::from(glyph.pixel(((x >> 8) + dx) as usize, ((y >> 8) + dy) as usize).unwrap_or(0))
    };
    let between = |a: i32, b: i32, part: i32| a * (256 - part) + b * part;
    let upper = between(at(0, 0), at(1, 0), x & 255);
    let lower = between(at(0, 1), at(1, 1), x & 255);
    let smooth = between(upper, lower, y & 255) >> 16;
    // Steeper around the middle, so that edges do not look blurred.
    ((smooth - 128) * factor * 3 / 4 + 128).clamp(0, 255) as u8
}

/// Counts characters that a clip rectangle cut, for tests that no text of a screen is.
#[cfg(test)]
pub(crate) mod cut {
    use std::cell::Cell;

    use crate::geometry::Rect;

    std::thread_local! {
        static COUNT: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn note(cell: Rect, bounds: Rect) {
        if cell.intersection(bounds) != cell {
            COUNT.set(COUNT.get() + 1);
        }
    }

    /// How many characters were cut in this thread since the last call.
    pub(crate) fn take() -> usize {
        COUNT.replace(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{color::WHITE, damage::Damage, geometry::Size};

    #[test]
    fn faces_are_the_nearest() {
        for (wanted, found) in [(0, 16), (19, 20), (30, 32), (38, 40), (60, 64), (999, 128)] {
            assert_eq!(Face::near(wanted).height(), found, "for {wanted}");
        }
        assert_eq!(Face::near(40).smaller().height(), 32);
        assert_eq!(Face::near(16).smaller().height(), 16);
    }

    #[test]
    fn every_character_of_every_face_fits_its_row() {
        for (raster, factor) in SIZES {
            for weight in [FontWeight::Regular, FontWeight::Bold] {
                let face = Face { raster, weight, factor };
                assert!(face.advance() as usize <= WIDEST);
                // Without the soft hyphen, which has no shape.
                let characters = (' '..='~').chain('\u{a1}'..='\u{ac}').chain('\u{ae}'..='\u{17f}');
                for character in characters {
                    assert!(face.glyph(character).is_some(), "{face:?} {character:?}");
                }
            }
        }
    }

    #[test]
    fn text_covers_its_width_and_leaves_its_ground() {
        for height in [16, 40, 128] {
            let face = Face::near(height).bold();
            let mut memory = vec![0; 512 * 130];
            let damage = Damage::none();
            let mut surface = Surface::new(&mut memory, Size::new(512, 130), &damage);
            let end = surface.text(1, 1, face, WHITE, "Ma\u{4e2d}");
            assert_eq!(end, 1 + face.width("Ma\u{4e2d}"));
            let inked = |x: i32| (0..130).any(|y| memory[(y * 512 + x) as usize] != 0);
            assert!((1..end).filter(|x| inked(*x)).count() > (end / 2) as usize);
            assert!(!inked(0) && (end..512).all(|x| !inked(x)));
            assert!(memory.contains(&0xff_ffff), "strokes are solid");
        }
    }
}
