//! Scaling down by area: a pixel of the screen is the mean of all that it covers of the world's
//! picture, each pixel counted by how much of it is covered. Integers only.

use super::{Picture, Pixels, Scratch};

/// A pixel's side in the units in which covered parts are counted.
const UNIT: u32 = 16;

/// Pictures that would be scaled down further than this are black: nothing could be seen on them.
const MOST: u32 = 512;

/// Bits for each colour in a packed sum: 8 for its value and 13 for 16 times [`MOST`] units.
const LANE: u32 = 21;

/// Sums of colours, each weighted by the area that it covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum {
    red: u64,
    green: u64,
    blue: u64,
}

impl Sum {
    pub(super) const ZERO: Self = Self { red: 0, green: 0, blue: 0 };

    /// Adds packed colours. What is added stays below 2^40 in all, so nothing wraps.
    const fn add(&mut self, packed: u64, weight: u64) {
        let lane = (1 << LANE) - 1;
        self.red = self.red.wrapping_add((packed >> (2 * LANE)).wrapping_mul(weight));
        self.green = self.green.wrapping_add((packed >> LANE & lane).wrapping_mul(weight));
        self.blue = self.blue.wrapping_add((packed & lane).wrapping_mul(weight));
    }

    fn mean(self, weight: u64) -> u32 {
        let weight = weight.max(1);
        (((self.red / weight) << 16) | ((self.green / weight) << 8) | (self.blue / weight)) as u32
    }
}

/// A pixel's colours, each in its lane: red, green, blue.
const fn packed(pixel: u32) -> u64 {
    let pixel = pixel as u64;
    (pixel & 0xff_0000) << (2 * LANE - 16) | (pixel & 0xff00) << (LANE - 8) | (pixel & 0xff)
}

/// Where pixel `at` of `to` begins on a side of `from` pixels, in units.
fn edge(at: u32, from: u32, to: u32) -> u32 {
    (u64::from(at) * u64::from(from * UNIT) / u64::from(to)) as u32
}

/// Row `y` of a scaled picture.
pub(super) fn row<'s>(
    picture: &Picture,
    y: i32,
    pixels: &dyn Pixels,
    scratch: &'s mut Scratch,
) -> &'s mut [u32] {
    let (from, to) = (picture.source, picture.target);
    let (from_width, to_width) = (from.width as u32, to.width.max(1) as u32);
    let (from_height, to_height) = (from.height as u32, to.height.max(1) as u32);
    let Scratch { source, target, sums, edges } = scratch;
    let target = target.get_mut(..to_width as usize).unwrap_or_default();
    if from_width > MOST * to_width || from_height > MOST * to_height {
        target.fill(0);
        return target;
    }
    let line = source.get_mut(..from_width as usize).unwrap_or_default();
    let sums = sums.get_mut(..to_width as usize).unwrap_or_default();
    let edges = edges.get_mut(..=to_width as usize).unwrap_or_default();
    (0..).zip(edges.iter_mut()).for_each(|(at, place)| *place = edge(at, from_width, to_width));
    sums.fill(Sum::ZERO);

    let (start, end) =
        (edge(y as u32, from_height, to_height), edge(y as u32 + 1, from_height, to_height));
    for at in start / UNIT..end.div_ceil(UNIT) {
        let covered = end.min((at + 1) * UNIT) - start.max(at * UNIT);
        pixels.row(0, at, line);
        add_row(line, edges, u64::from(covered), sums);
    }
    for ((pixel, sum), columns) in target.iter_mut().zip(sums).zip(edges.windows(2)) {
        let &[left, right] = columns else { continue };
        *pixel = sum.mean(u64::from(right - left) * u64::from(end - start));
    }
    target
}

/// Adds one row of the world's picture to the sums.
fn add_row(line: &[u32], edges: &[u32], weight: u64, sums: &mut [Sum]) {
    for (sum, columns) in sums.iter_mut().zip(edges.windows(2)) {
        let &[start, end] = columns else { continue };
        let last = end.wrapping_sub(1);
        let covered = line.get((start / UNIT) as usize..=(last / UNIT) as usize);
        // Only the outermost pixels are covered in part.
        let total = match covered.unwrap_or_default() {
            [left, middle @ .., right] => {
                let whole =
                    middle.iter().fold(0, |sum: u64, pixel| sum.wrapping_add(packed(*pixel)));
                let left = packed(*left).wrapping_mul(u64::from(UNIT - start % UNIT));
                let right = packed(*right).wrapping_mul(u64::from(last % UNIT + 1));
                whole.wrapping_mul(u64::from(UNIT)).wrapping_add(left).wrapping_add(right)
            }
            [only] => packed(*only).wrapping_mul(u64::from(end.wrapping_sub(start))),
            [] => 0,
        };
        sum.add(total, weight);
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
                [((100, 70), (99, 69)), ((4096, 4096), (8, 8)), ((3840, 2160), (190, 106))]
            {
                let shown = scaled(Size::new(from.0, from.1), Size::new(to.0, to.1), |_, _| color);
                assert!(shown.iter().all(|pixel| *pixel == color & 0xff_ffff), "{from:?} {to:?}");
            }
        }
    }

    #[test]
    fn what_is_too_small_to_be_seen_is_black() {
        let shown = scaled(Size::new(4096, 4096), Size::new(7, 7), |_, _| 0xff_ffff);
        assert!(shown.iter().all(|pixel| *pixel == 0));
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
