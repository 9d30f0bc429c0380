//! The division of the screen into equal tiles.

use crate::geometry::Rect;

/// The most tiles that are shown at once.
pub const MOST_TILES: usize = 16;

/// Tiles in rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    area: Rect,
    columns: i32,
    rows: i32,
    gap: i32,
}

impl Grid {
    /// The grid of `count` tiles whose pictures become largest, with `gap` pixels between tiles.
    ///
    /// Tiles are at least `least_width` pixels wide where the area allows it, so that the level can be
    /// written on each.
    #[must_use]
    pub fn new(area: Rect, count: usize, least_width: i32, gap: i32) -> Self {
        let count = count.clamp(1, MOST_TILES) as i32;
        let mut best = Self { area, columns: 1, rows: count, gap };
        for columns in 2..=count {
            let grid = Self { columns, rows: (count + columns - 1) / columns, ..best };
            if grid.tile_width() >= least_width && grid.worth() > best.worth() {
                best = grid;
            }
        }
        best
    }

    /// The tile with this number, in the order of reading.
    #[must_use]
    pub const fn tile(&self, index: usize) -> Rect {
        let (column, row) = (index as i32 % self.columns, index as i32 / self.columns);
        let (width, height) = (self.tile_width(), self.tile_height());
        Rect::new(
            self.area.x + self.gap + column * (width + self.gap),
            self.area.y + self.gap + row * (height + self.gap),
            width,
            height,
        )
    }

    const fn tile_width(&self) -> i32 {
        (self.area.width - self.gap * (self.columns + 1)) / self.columns
    }

    const fn tile_height(&self) -> i32 {
        (self.area.height - self.gap * (self.rows + 1)) / self.rows
    }

    /// Width of the largest picture of 4 by 3 that fits into a tile.
    fn worth(&self) -> i32 {
        self.tile_width().min(self.tile_height() * 4 / 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_lie_in_the_area_and_apart() {
        for (width, height) in [(800, 536), (1920, 1000), (3840, 2030), (600, 2000)] {
            let area = Rect::new(0, 32, width, height);
            for count in 1..=MOST_TILES {
                let grid = Grid::new(area, count, 100, 8);
                let tiles: Vec<Rect> = (0..count).map(|index| grid.tile(index)).collect();
                for (index, tile) in tiles.iter().enumerate() {
                    assert!(!tile.is_empty());
                    assert_eq!(tile.intersection(area), *tile);
                    for other in tiles.iter().skip(index + 1) {
                        assert!(tile.intersection(*other).is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn a_wide_screen_puts_two_worlds_side_by_side_and_sixteen_in_a_square() {
        let area = Rect::new(0, 0, 1920, 1000);
        assert_eq!(Grid::new(area, 2, 100, 0).tile(1), Rect::new(960, 0, 960, 1000));
        assert_eq!(Grid::new(area, 16, 100, 0).tile(5), Rect::new(480, 250, 480, 250));
        assert_eq!(Grid::new(area, 16, 600, 0).tile(0).width, 640, "labels need the width");
    }
}
