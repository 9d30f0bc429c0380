//! One world's picture on the screen.

use core::ops::Range;

use super::{Pixels, scale};
use crate::{
    damage::PATCH_WIDTH,
    geometry::{MAX_SIDE, Point, Rect, Size},
    surface::Surface,
};

/// Working memory for rows of pixels; one serves all pictures.
#[derive(Debug)]
pub struct Scratch {
    /// A row as it was read from the world.
    pub(super) source: [u32; MAX_SIDE as usize],
    /// A row as it will be shown.
    pub(super) target: [u32; MAX_SIDE as usize],
    /// Sums of colours for each pixel of the row that will be shown.
    pub(super) sums: [scale::Sum; MAX_SIDE as usize],
    /// Where each of them begins and the last one ends in the row that was read.
    pub(super) edges: [u32; MAX_SIDE as usize + 1],
}

impl Scratch {
    /// Working memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            source: [0; MAX_SIDE as usize],
            target: [0; MAX_SIDE as usize],
            sums: [scale::Sum::ZERO; MAX_SIDE as usize],
            edges: [0; MAX_SIDE as usize + 1],
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a picture is shown as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As the world drew it.
    Plain,
    /// Darker, as its world is not focused.
    Dimmed,
}

/// Where a world's framebuffer is shown, and how large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Size of the framebuffer.
    pub source: Size,
    /// Its place on the screen: of the same size, or smaller with the same ratio of sides.
    pub target: Rect,
}

impl Picture {
    /// Puts a framebuffer into the middle of `within`: pixel by pixel if it fits, else scaled down.
    #[must_use]
    pub fn place(source: Size, within: Rect) -> Self {
        let (width, height) = (source.width.max(1), source.height.max(1));
        let fitted = if width <= within.width && height <= within.height {
            source
        } else if width * within.height > height * within.width {
            Size::new(within.width, (height * within.width / width).max(1).min(within.height))
        } else {
            Size::new((width * within.height / height).max(1).min(within.width), within.height)
        };
        Self { source, target: within.centered(fitted) }
    }

    /// The world's pixel that is shown at a point of the screen, if it is one.
    #[must_use]
    pub fn world_pixel(&self, point: Point) -> Option<Point> {
        let scaled = |at: i32, from: i32, to: i32| (at * from + from / 2) / to.max(1);
        self.target.contains(point).then(|| {
            let (x, y) = (point.x - self.target.x, point.y - self.target.y);
            Point::new(
                scaled(x, self.source.width, self.target.width).min(self.source.width - 1),
                scaled(y, self.source.height, self.target.height).min(self.source.height - 1),
            )
        })
    }

    /// About how many of the world's pixels one row on the screen is made of.
    #[must_use]
    pub fn row_cost(&self) -> u32 {
        let rows = self.source.height / self.target.height.max(1) + 1;
        (self.source.width * rows).max(1) as u32
    }

    /// Brings some rows of the picture up to date, counted from its upper edge. Only what differs
    /// from what is shown is written, and marked as changed, in pieces of [`PATCH_WIDTH`] pixels.
    pub fn update(
        &self,
        rows: Range<i32>,
        look: Look,
        pixels: &dyn Pixels,
        scratch: &mut Scratch,
        surface: &mut Surface<'_>,
    ) {
        let direct = self.target.size() == self.source;
        for y in rows.start.max(0)..rows.end.min(self.target.height) {
            let row = if direct {
                let row = scratch.source.get_mut(..self.source.width as usize).unwrap_or_default();
                pixels.row(0, y as u32, row);
                row
            } else {
                scale::row(self, y, pixels, scratch)
            };
            if look == Look::Dimmed {
                row.iter_mut().for_each(|pixel| *pixel = dimmed(*pixel));
            }
            copy_changes(surface, self.target.x, self.target.y + y, row);
        }
    }
}

/// Three eighths darker.
const fn dimmed(pixel: u32) -> u32 {
    (pixel >> 1 & 0x7f_7f7f) + (pixel >> 3 & 0x1f_1f1f)
}

/// The colour of a pixel without the byte that has no meaning.
const COLOR: u32 = 0x00ff_ffff;

/// Writes those pieces of a row that differ from what is there.
fn copy_changes(surface: &mut Surface<'_>, x: i32, y: i32, row: &[u32]) {
    let mut left = x;
    for piece in row.chunks(PATCH_WIDTH as usize) {
        let shown = surface.row(left, y, piece.len() as i32);
        // Equal pieces are found at the speed of memory; the second look is for worlds that leave
        // something in the highest byte.
        if shown != piece && shown.iter().zip(piece).any(|(shown, new)| *shown != *new & COLOR) {
            for (shown, new) in shown.iter_mut().zip(piece) {
                *shown = *new & COLOR;
            }
            surface.mark(Rect::new(left, y, piece.len() as i32, 1));
        }
        left += PATCH_WIDTH;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::Damage;

    struct Flat(Size, u32);

    impl Pixels for Flat {
        fn size(&self) -> Size {
            self.0
        }

        fn row(&self, _: u32, _: u32, into: &mut [u32]) {
            into.fill(self.1);
        }
    }

    #[test]
    fn what_fits_is_centred_pixel_by_pixel() {
        let picture = Picture::place(Size::new(640, 480), Rect::new(0, 32, 800, 536));
        assert_eq!(picture.target, Rect::new(80, 60, 640, 480));
        assert_eq!(picture.world_pixel(Point::new(80, 60)), Some(Point::new(0, 0)));
        assert_eq!(picture.world_pixel(Point::new(719, 539)), Some(Point::new(639, 479)));
        assert_eq!(picture.world_pixel(Point::new(720, 539)), None);
    }

    #[test]
    fn what_does_not_fit_is_scaled_down_with_its_ratio() {
        let within = Rect::new(0, 32, 800, 536);
        let picture = Picture::place(Size::new(1920, 1080), within);
        assert_eq!(picture.target.size(), Size::new(800, 450));
        let picture = Picture::place(Size::new(1080, 1920), within);
        assert_eq!(picture.target.size(), Size::new(301, 536));
        assert_eq!(picture.target.intersection(within), picture.target);
    }

    #[test]
    fn a_second_look_at_an_unchanged_picture_marks_nothing() {
        let mut memory = vec![0; 300 * 200];
        let damage = Damage::none();
        let mut surface = Surface::new(&mut memory, Size::new(300, 200), &damage);
        let mut scratch = Box::new(Scratch::new());
        // Something in the highest byte changes nothing about that.
        for (size, color) in [((200, 100), 0xab12_3456), ((999, 777), 0xff65_4321)] {
            let world = Flat(Size::new(size.0, size.1), color);
            let picture = Picture::place(world.0, Rect::new(7, 9, 250, 150));
            for look in [Look::Plain, Look::Dimmed] {
                picture.update(0..999, look, &world, &mut scratch, &mut surface);
                assert!(!damage.is_empty());
                damage.take(|_| ());
                picture.update(0..999, look, &world, &mut scratch, &mut surface);
                assert!(damage.is_empty(), "{size:?} {look:?}");
            }
            let value = surface.row(picture.target.x, picture.target.y, 1)[0];
            assert_eq!(value, dimmed(color & COLOR));
        }
    }
}
