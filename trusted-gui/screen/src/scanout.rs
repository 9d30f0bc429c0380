//! The framebuffer that the screen shows. It is only written.

use crate::geometry::Size;

/// Where red, green and blue lie in a pixel of 32 bits: the position of each one's lowest bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelFormat {
    /// Position of red, green and blue; each has 8 bits.
    pub shifts: [u8; 3],
}

impl PixelFormat {
    /// Blue in the lowest byte (UEFI's `PixelBlueGreenRedReserved8BitPerColor`).
    pub const BLUE_FIRST: Self = Self { shifts: [16, 8, 0] };
    /// Red in the lowest byte (UEFI's `PixelRedGreenBlueReserved8BitPerColor`).
    pub const RED_FIRST: Self = Self { shifts: [0, 8, 16] };

    /// The pixel of this format that shows a pixel of the canvas.
    #[must_use]
    pub const fn encode(self, pixel: u32) -> u32 {
        let [red, green, blue] = self.shifts;
        (pixel >> 16 & 0xff) << (red & 31)
            | (pixel >> 8 & 0xff) << (green & 31)
            | (pixel & 0xff) << (blue & 31)
    }
}

/// A framebuffer: what is written is seen.
#[derive(Debug)]
pub struct Scanout<'a> {
    pixels: &'a mut [u32],
    size: Size,
    stride: usize,
    format: PixelFormat,
}

impl<'a> Scanout<'a> {
    /// The framebuffer in this memory, `stride` pixels from row to row. Rows that the memory does not
    /// hold are not shown.
    #[must_use]
    pub const fn new(
        pixels: &'a mut [u32],
        size: Size,
        stride: usize,
        format: PixelFormat,
    ) -> Self {
        Self { pixels, size, stride, format }
    }

    /// Writes pixels of the canvas from (`x`, `y`) to the right, as far as the row goes.
    pub fn write(&mut self, x: i32, y: i32, row: &[u32]) {
        if !(0..self.size.width).contains(&x) || !(0..self.size.height).contains(&y) {
            return;
        }
        let count = row.len().min((self.size.width - x) as usize);
        let start = y as usize * self.stride + x as usize;
        let (Some(to), Some(from)) = (self.pixels.get_mut(start..start + count), row.get(..count))
        else {
            return;
        };
        if self.format == PixelFormat::BLUE_FIRST {
            to.copy_from_slice(from);
        } else {
            for (to, from) in to.iter_mut().zip(from) {
                *to = self.format.encode(*from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_show_the_same_colour() {
        let mut memory = [0; 4];
        Scanout::new(&mut memory, Size::new(2, 2), 2, PixelFormat::RED_FIRST).write(
            1,
            1,
            &[0x12_3456],
        );
        assert_eq!(memory, [0, 0, 0, 0x56_3412]);
        Scanout::new(&mut memory, Size::new(2, 2), 2, PixelFormat::BLUE_FIRST).write(
            0,
            0,
            &[0x12_3456],
        );
        assert_eq!(memory[0], 0x12_3456);
    }

    #[test]
    fn nothing_is_written_between_rows_or_outside() {
        let mut memory = [7; 12];
        let mut screen = Scanout::new(&mut memory, Size::new(2, 3), 4, PixelFormat::BLUE_FIRST);
        screen.write(1, 0, &[1, 1, 1]);
        screen.write(0, 3, &[1]);
        screen.write(-1, 0, &[1]);
        screen.write(0, -1, &[1]);
        assert_eq!(memory, [7, 1, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]);
    }
}
