//! Scaling down by area: a pixel of the screen is the mean of all that it covers of the world's
//! picture, each pixel counted by how much of it is covered. Integers only.

use super::{Picture, Pixels, Scratch};

/// A pixel's side in the units in which covered parts are counted.
const UNIT: u32 = 16;

/// Sums of weighted colours. With sides of at most 4096 pixels they stay below 2^40.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum {
    red: u64,
    green: u64,
    blue: u64,
}

impl Sum {
    pub(super) const ZERO: Self = Self { red: 0, green: 0, blue: 0 };

    const fn add(&mut self, pixel: u32, weight: u32) {
        let weight = weight as u64;
        self.red += (pixel >> 16 & 0xff) as u64 * weight;
        self.green += (pixel >> 8 & 0xff) as u64 * weight;
        self.blue += (pixel & 0xff) as u64 * weight;
    }

    fn mean(self, weight: u64) -> u32 {
        let weight = weight.max(1);
        (((self.red / weight) << 16) | ((self.green / weight) << 8) | (self.blue / weight)) as u32
    }
}

/// The part of a side of `from` pixels that pixel `at` of `to` covers: from where to where, in units.
fn span(at: u32, from: u32, to: u32) -> (u32, u32) {
    let edge = |at: u32| (at as u64 * from as u64 * UNIT as u64 / to as u64) as u32;
    (edge(at), edge(at + 1))
}

/// How much of pixel `at` lies within a span, 0 to [`UNIT`].
const fn covered(at: u32, (start, end): (u32, u32)) -> u32 {
    let (from, to) = (at * UNIT, at * UNIT + UNIT);
    let from = if start > from { start } else { from };
    let to = if end < to { end } else { to };
    to.saturating_sub(from)
}

/// Row `y` of a scaled picture.
pub(super) fn row<'s>(
    picture: &Picture,
    y: i32,
    pixels: &dyn Pixels,
    scratch: &'s mut Scratch,
) -> &'s mut [u32] {
    let (source, target) = (picture.source, picture.target);
    let (from_width, to_width) = (source.width as u32, target.width.max(1) as u32);
    let rows = span(y as u32, source.height as u32, target.height.max(1) as u32);
    let Scratch { source, target, sums } = scratch;
    let line = source.get_mut(..from_width as usize).unwrap_or_default();
    let sums = sums.get_mut(..to_width as usize).unwrap_or_default();
    sums.fill(Sum::ZERO);
    let mut height = 0;
    for from in rows.0 / UNIT..rows.1.div_ceil(UNIT) {
        let weight = covered(from, rows);
        height += weight;
        pixels.row(0, from, line);
        add_row(line, to_width, weight, sums);
    }
    let target = target.get_mut(..to_width as usize).unwrap_or_default();
    for (at, (pixel, sum)) in (0..).zip(target.iter_mut().zip(sums)) {
        let (start, end) = span(at, from_width, to_width);
        *pixel = sum.mean(u64::from(end - start) * u64::from(height));
    }
    target
}

/// Adds one row of the world's picture to the sums.
fn add_row(line: &[u32], to_width: u32, weight: u32, sums: &mut [Sum]) {
    let from_width = line.len() as u32;
    for (at, sum) in (0..).zip(sums) {
        let columns = span(at, from_width, to_width);
        let (first, last) = (columns.0 / UNIT, columns.1.div_ceil(UNIT));
        let covering = line.get(first as usize..last as usize).unwrap_or_default();
        // Only the outermost pixels are covered in part.
        let [left, middle @ .., right] = covering else {
            if let [only] = covering {
                sum.add(*only, covered(first, columns) * weight);
            }
            continue;
        };
        sum.add(*left, covered(first, columns) * weight);
        for pixel in middle {
            sum.add(*pixel, UNIT * weight);
        }
        sum.add(*right, covered(last - 1, columns) * weight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Rect, Size};

    struct Formula<F>(Size, F);

    impl<F: Fn(u32, u32) -> u32> Pixels for Formula<F> {
        fn size(&self) -> Size {
            self.0
        }

        fn row(&self, x: u32, y: u32, into: &mut [u32]) {
            for (pixel, x) in into.iter_mut().zip(x..) {
                *pixel = (self.1)(x, y);
            }
        }
    }

    fn scaled(from: Size, to: Size, formula: impl Fn(u32, u32) -> u32) -> Vec<u32> {
        let picture = Picture { source: from, target: Rect::new(0, 0, to.width, to.height) };
        let mut scratch = Box::new(Scratch::new());
        let world = Formula(from, formula);
        (0..to.height).flat_map(|y| row(&picture, y, &world, &mut scratch).to_vec()).collect()
    }

    #[test]
    fn one_colour_stays_that_colour_at_every_scale() {
        for color in [0x00ff_ffff, 0x0012_3456, 0xff00_ff00] {
            for (from, to) in
                [((100, 70), (99, 69)), ((4096, 4096), (1, 1)), ((3840, 2160), (190, 106))]
            {
                let shown = scaled(Size::new(from.0, from.1), Size::new(to.0, to.1), |_, _| color);
                assert!(shown.iter().all(|pixel| *pixel == color & 0xff_ffff), "{from:?} {to:?}");
            }
        }
    }

    #[test]
    fn halving_gives_the_mean_of_four() {
        let shown = scaled(Size::new(4, 2), Size::new(2, 1), |x, y| (x * 10 + y * 100) << 8 | x);
        assert_eq!(shown, [55 << 8, 75 << 8 | 2]);
    }

    #[test]
    fn a_pixel_that_is_covered_in_part_counts_in_part() {
        // Three pixels onto two: each takes one and a half.
        let shown = scaled(Size::new(3, 1), Size::new(2, 1), |x, _| [0, 90, 240][x as usize]);
        assert_eq!(shown, [30, 190]);
    }

    #[test]
    fn brightness_as_a_whole_is_kept() {
        let noise = |x: u32, y: u32| (x * 7919 + y * 104_729) % 256;
        let (from, to) = (Size::new(640, 480), Size::new(211, 158));
        let mean = |pixels: &[u32]| {
            pixels.iter().map(|pixel| u64::from(*pixel)).sum::<u64>() as f64 / pixels.len() as f64
        };
        let original: Vec<u32> =
            (0..480).flat_map(|y| (0..640).map(move |x| noise(x, y))).collect();
        assert!((mean(&scaled(from, to, noise)) - mean(&original)).abs() < 1.0);
    }
}
