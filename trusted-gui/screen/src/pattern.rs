//! The pattern along a marking's border: what tells markings apart without colour.

pub use cloister_policy_format::Pattern;

use crate::{
    color::{Color, pixel},
    geometry::Rect,
    surface::Surface,
};

impl Surface<'_> {
    /// Draws a pattern in `ink` over a band. Its features are as large as the band is high.
    pub fn pattern(&mut self, band: Rect, pattern: Pattern, ink: Color) {
        let visible = band.intersection(self.bounds());
        let value = pixel(ink);
        for y in visible.y..visible.bottom() {
            let row = self.row(visible.x, y, visible.width);
            for (pixel, x) in row.iter_mut().zip(visible.x - band.x..) {
                if inked(pattern, x, y - band.y, band.height.max(1)) {
                    *pixel = value;
                }
            }
        }
        self.mark(visible);
    }
}

/// Whether the pattern has ink at (`x`, `y`) of a band of this height. The stroke is a third of it.
const fn inked(pattern: Pattern, x: i32, y: i32, height: i32) -> bool {
    let stroke = if height < 6 { 2 } else { height / 3 };
    match pattern {
        Pattern::Solid => false,
        Pattern::Stripes => (x + y) % (2 * height) < height,
        Pattern::Dots => {
            // A disc, then half its width of ground; doubled coordinates have the centre on a pixel.
            let (dx, dy) = (2 * (x % (height * 3 / 2)) + 1 - height, 2 * y + 1 - height);
            dx * dx + dy * dy < height * height * 7 / 8
        }
        Pattern::Checks => {
            let side = (height + 1) / 2;
            (x / side + y / side) % 2 == 0
        }
        Pattern::Zigzag => {
            let period = 2 * height;
            let rise = x % period;
            let level = if rise < height { rise } else { period - 1 - rise };
            (level - y).abs() < stroke
        }
        Pattern::Dashes => x % (3 * height) < 2 * height && (2 * y + 1 - height).abs() <= stroke,
        Pattern::Crosshatch => {
            // A cross in each square.
            let (a, b) = ((x + y + 1) % height, (x - y + height) % height);
            let thin = if height < 12 { 1 } else { height / 6 };
            a < thin || a > height - thin || b < thin || b > height - thin
        }
        Pattern::Double => y < stroke || y >= height - stroke,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Pattern; 8] = [
        Pattern::Solid,
        Pattern::Stripes,
        Pattern::Dots,
        Pattern::Checks,
        Pattern::Zigzag,
        Pattern::Dashes,
        Pattern::Crosshatch,
        Pattern::Double,
    ];

    #[test]
    fn patterns_differ_clearly_at_every_height() {
        for height in 4..=40 {
            for (index, a) in ALL.into_iter().enumerate() {
                for b in ALL.into_iter().skip(index + 1) {
                    let area = (0..12 * height).flat_map(|x| (0..height).map(move |y| (x, y)));
                    let differing = area
                        .filter(|(x, y)| inked(a, *x, *y, height) != inked(b, *x, *y, height))
                        .count();
                    let share = differing * 100 / (12 * height * height) as usize;
                    assert!(share >= 10, "{a:?} and {b:?} at {height}: {share} %");
                }
            }
        }
    }
}
