//! What changed on the canvas since it was last shown: one bit for each patch of 64 by 16 pixels.

use core::cell::Cell;

use crate::geometry::{MAX_SIDE, Rect};

/// Width of a patch: 64 bits of 64 pixels are the widest screen.
pub const PATCH_WIDTH: i32 = 64;
/// Height of a patch.
pub const PATCH_HEIGHT: i32 = 16;

const BANDS: usize = (MAX_SIDE as usize) / PATCH_HEIGHT as usize;

/// The set of changed patches. Marked through a shared reference, as all parts of the screen note
/// their changes in the one set.
#[derive(Debug)]
pub struct Damage {
    bands: [Cell<u64>; BANDS],
}

impl Damage {
    /// Nothing has changed.
    #[must_use]
    pub const fn none() -> Self {
        Self { bands: [const { Cell::new(0) }; BANDS] }
    }

    /// Notes that pixels in `rect` changed.
    pub fn mark(&self, rect: Rect) {
        let rect = rect.intersection(Rect::new(0, 0, MAX_SIDE as i32, MAX_SIDE as i32));
        if rect.is_empty() {
            return;
        }
        let first = rect.x / PATCH_WIDTH;
        let count = (rect.right() - 1) / PATCH_WIDTH - first + 1;
        let columns = (u64::MAX >> (64 - count)) << first;
        let rows = (rect.y / PATCH_HEIGHT) as usize..=((rect.bottom() - 1) / PATCH_HEIGHT) as usize;
        for band in self.bands.get(rows).unwrap_or_default() {
            band.set(band.get() | columns);
        }
    }

    /// Whether nothing has changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bands.iter().all(|band| band.get() == 0)
    }

    /// Calls `show` with rectangles that cover all that changed, and forgets it. Neighbours in a row
    /// of patches come as one rectangle.
    pub fn take(&self, mut show: impl FnMut(Rect)) {
        for (band, y) in self.bands.iter().zip((0..).step_by(PATCH_HEIGHT as usize)) {
            let mut left = band.replace(0);
            while left != 0 {
                let first = left.trailing_zeros();
                let count = (left >> first).trailing_ones();
                let columns = (u64::MAX >> (64 - count)) << first;
                left &= !columns;
                show(Rect::new(
                    first as i32 * PATCH_WIDTH,
                    y,
                    count as i32 * PATCH_WIDTH,
                    PATCH_HEIGHT,
                ));
            }
        }
    }
}

impl Default for Damage {
    fn default() -> Self {
        Self::none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;

    #[test]
    fn all_that_was_marked_is_shown_once_and_little_else() {
        let damage = Damage::none();
        let marked =
            [Rect::new(-5, -5, 6, 6), Rect::new(100, 30, 90, 3), Rect::new(4090, 4090, 9, 9)];
        marked.iter().for_each(|rect| damage.mark(*rect));
        let mut shown = [Rect::EMPTY; 8];
        let mut count = 0;
        damage.take(|rect| {
            shown[count] = rect;
            count += 1;
        });
        assert_eq!(count, 4, "one corner, two bands, the other corner");
        for rect in marked {
            let inside = Point::new(rect.x.clamp(0, 4095), rect.y.clamp(0, 4095));
            assert_eq!(shown.iter().filter(|shown| shown.contains(inside)).count(), 1);
        }
        assert_eq!(shown[1], Rect::new(64, 16, 128, 16));
        assert!(damage.is_empty());
    }

    #[test]
    fn a_whole_screen_is_one_rectangle_for_each_band() {
        let damage = Damage::none();
        damage.mark(Rect::new(0, 0, 4096, 32));
        let mut rows = 0;
        damage.take(|rect| {
            assert_eq!(rect.width, 4096);
            rows += rect.height;
        });
        assert_eq!(rows, 32);
    }
}
