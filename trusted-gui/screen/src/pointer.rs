//! The mouse pointer that the trusted part draws. It is laid over the picture as that is copied to the
//! screen, so nothing under it has to be saved or drawn again.

use crate::{
    color::{BLACK, WHITE, pixel},
    geometry::{Point, Rect},
    scanout::Scanout,
};

/// A pointer on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Its tip.
    pub position: Point,
    /// Pixels on the screen for each pixel of the shape, in either direction, 1 to 4.
    pub scale: i32,
}

/// An arrow: `#` is its black outline, `.` its white inside.
const SHAPE: [&[u8; 12]; 18] = [
    b"#           ",
    b"##          ",
    b"#.#         ",
    b"#..#        ",
    b"#...#       ",
    b"#....#      ",
    b"#.....#     ",
    b"#......#    ",
    b"#.......#   ",
    b"#........#  ",
    b"#.........# ",
    b"#......#### ",
    b"#...#..#    ",
    b"#..##..#    ",
    b"#.#  #..#   ",
    b"##   #..#   ",
    b"      #..#  ",
    b"      ####  ",
];

impl Pointer {
    /// A pointer for text of this height.
    #[must_use]
    pub const fn new(position: Point, text_height: i32) -> Self {
        let scale = match text_height {
            ..=24 => 1,
            25..=40 => 2,
            41..=63 => 3,
            _ => 4,
        };
        Self { position, scale }
    }

    /// The pixels that it may cover.
    #[must_use]
    pub const fn bounds(self) -> Rect {
        Rect::new(
            self.position.x,
            self.position.y,
            12 * self.scale,
            SHAPE.len() as i32 * self.scale,
        )
    }

    /// Writes its part of one row, limited to `within`.
    pub(crate) fn write_row(self, within: Rect, y: i32, screen: &mut Scanout<'_>) {
        let line = (y - self.position.y).checked_div(self.scale).unwrap_or(-1);
        if y < self.position.y {
            return;
        }
        let Some(shape) = SHAPE.get(line as usize) else { return };
        for (column, dot) in shape.iter().enumerate() {
            let value = match dot {
                b'#' => pixel(BLACK),
                b'.' => pixel(WHITE),
                _ => continue,
            };
            let left = self.position.x + column as i32 * self.scale;
            for x in left..left + self.scale {
                if (within.x..within.right()).contains(&x) {
                    screen.write(x, y, &[value]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{canvas::Canvas, geometry::Size, scanout::PixelFormat};

    #[test]
    fn a_pointer_that_moves_leaves_nothing_behind() {
        let (mut memory, mut screen) = (vec![0x22_4466; 200 * 90], vec![0; 200 * 90]);
        let mut canvas = Canvas::new(&mut memory, 200, 90).unwrap();
        for step in -20..120 {
            let pointer = Pointer { position: Point::new(step * 2, step), scale: 2 };
            let mut scanout =
                Scanout::new(&mut screen, Size::new(200, 90), 200, PixelFormat::BLUE_FIRST);
            canvas.show(&mut scanout, Some(pointer));
            let covered = pointer.bounds();
            for (index, value) in screen.iter().enumerate() {
                let at = Point::new(index as i32 % 200, index as i32 / 200);
                assert!(*value == 0x22_4466 || covered.contains(at), "{at:?} at step {step}");
            }
        }
        let mut scanout =
            Scanout::new(&mut screen, Size::new(200, 90), 200, PixelFormat::BLUE_FIRST);
        canvas.show(&mut scanout, None);
        assert!(screen.iter().all(|pixel| *pixel == 0x22_4466));
    }
}
