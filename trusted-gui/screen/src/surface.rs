//! A part of the canvas that may be drawn on. Whatever is drawn is clipped to it.

use crate::{
    color::{Color, blend, pixel},
    damage::Damage,
    geometry::{Rect, Size},
};

/// Whole rows of the canvas, further limited by a clip rectangle. Coordinates are those of the screen.
#[derive(Debug)]
pub struct Surface<'a> {
    pixels: &'a mut [u32],
    /// The screen's row that the memory begins with.
    first_row: i32,
    stride: usize,
    clip: Rect,
    damage: &'a Damage,
}

impl<'a> Surface<'a> {
    /// The surface of a whole canvas.
    pub(crate) const fn new(pixels: &'a mut [u32], size: Size, damage: &'a Damage) -> Self {
        Self { pixels, first_row: 0, stride: size.width as usize, clip: size.rect(), damage }
    }

    /// The rows above `y`, and those from `y` on, as surfaces that share no memory.
    #[must_use]
    pub fn split_at_row(self, y: i32) -> (Self, Self) {
        let row = (y - self.first_row).max(0) as usize;
        let at = (row * self.stride).min(self.pixels.len());
        let (upper, lower) = self.pixels.split_at_mut(at);
        let (above, below) = self.clip.split_top(y - self.clip.y);
        let part = |pixels, first_row, clip| Self { pixels, first_row, clip, ..self };
        (part(upper, self.first_row, above), part(lower, self.first_row + row as i32, below))
    }

    /// The same surface, where nothing is drawn outside `rect`.
    pub fn clipped(&mut self, rect: Rect) -> Surface<'_> {
        Surface {
            pixels: self.pixels,
            first_row: self.first_row,
            stride: self.stride,
            clip: self.clip.intersection(rect),
            damage: self.damage,
        }
    }

    /// Where something can be drawn.
    #[must_use]
    pub const fn bounds(&self) -> Rect {
        self.clip
    }

    /// Notes a change that was made through [`Self::row`].
    pub fn mark(&self, rect: Rect) {
        self.damage.mark(rect.intersection(self.clip));
    }

    /// The pixels from (`x`, `y`) to the right, `width` at most; empty when outside. The caller marks
    /// what it changes.
    pub fn row(&mut self, x: i32, y: i32, width: i32) -> &mut [u32] {
        let visible = Rect::new(x, y, width, 1).intersection(self.clip);
        if visible.is_empty() || visible.x != x {
            return &mut [];
        }
        let start = (y - self.first_row) as usize * self.stride + x as usize;
        self.pixels.get_mut(start..start + visible.width as usize).unwrap_or_default()
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, rect: Rect, color: Color) {
        let visible = rect.intersection(self.clip);
        let value = pixel(color);
        for y in visible.y..visible.bottom() {
            self.row(visible.x, y, visible.width).fill(value);
        }
        self.mark(visible);
    }

    /// Draws the border of a rectangle, `thickness` pixels inwards.
    pub fn frame(&mut self, rect: Rect, thickness: i32, color: Color) {
        let (top, rest) = rect.split_top(thickness);
        let (middle, bottom) = rest.split_top(rest.height - thickness);
        let (left, rest) = middle.split_left(thickness);
        let (_, right) = rest.split_left(rest.width - thickness);
        for side in [top, bottom, left, right] {
            self.fill(side, color);
        }
    }

    /// Lays `ink` over one row from (`x`, `y`), as strong as each coverage says. The caller marks it.
    pub(crate) fn cover(&mut self, x: i32, y: i32, coverage: &[u8], ink: u32) {
        let hidden = (self.clip.x - x).max(0);
        let coverage = coverage.get(hidden as usize..).unwrap_or_default();
        let row = self.row(x + hidden, y, coverage.len() as i32);
        for (pixel, coverage) in row.iter_mut().zip(coverage) {
            if *coverage != 0 {
                *pixel = blend(*pixel, ink, *coverage);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::{WHITE, rgb};

    #[test]
    fn drawing_stays_in_the_clip_rectangle() {
        let mut memory = [0; 8 * 8];
        let damage = Damage::none();
        let mut surface = Surface::new(&mut memory, Size::new(8, 8), &damage);
        let mut inner = surface.clipped(Rect::new(2, 3, 4, 2));
        inner.fill(Rect::new(-9, -9, 99, 99), WHITE);
        inner.cover(-5, 2, &[255; 90], 5);
        inner.cover(-5, 4, &[255; 90], 5);
        assert!(inner.row(0, 3, 9).is_empty() && inner.row(2, 5, 9).is_empty());
        for (index, value) in memory.iter().enumerate() {
            let (x, y) = (index % 8, index / 8);
            let expected = match (x, y) {
                (2..6, 3) => 0xff_ffff,
                (2..6, 4) => 5,
                _ => 0,
            };
            assert_eq!(*value, expected, "at {x}, {y}");
        }
    }

    #[test]
    fn parts_of_a_split_keep_the_screens_coordinates() {
        let mut memory = [0; 4 * 6];
        let damage = Damage::none();
        let surface = Surface::new(&mut memory, Size::new(4, 6), &damage);
        let (mut upper, lower) = surface.split_at_row(2);
        let (mut middle, mut lower) = lower.split_at_row(5);
        for (part, color) in [(&mut upper, 1), (&mut middle, 2), (&mut lower, 3)] {
            part.fill(Rect::new(0, 0, 4, 6), rgb(color));
        }
        assert_eq!(
            memory.map(|pixel| pixel as u8)[..],
            [[1; 8].as_slice(), &[2; 12], &[3; 4]].concat()
        );
    }

    #[test]
    fn a_frame_leaves_its_inside() {
        let mut memory = [0; 5 * 5];
        let damage = Damage::none();
        Surface::new(&mut memory, Size::new(5, 5), &damage).frame(Rect::new(0, 0, 5, 5), 2, WHITE);
        assert_eq!(memory.iter().filter(|pixel| **pixel == 0).count(), 1);
        assert_eq!(memory[12], 0);
    }
}
