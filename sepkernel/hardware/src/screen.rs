//! Text on a linear framebuffer.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

/// Where the screen's pixels are and how they are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Framebuffer {
    /// Address of the first pixel: physical while booting, virtual in the kernel.
    pub address: u64,
    /// Pixels in a line.
    pub width: u32,
    /// Lines.
    pub height: u32,
    /// Bytes from a line to the next.
    pub stride: u32,
    /// Position of the lowest bit of red, green and blue in a 32-bit pixel; each has 8 bits.
    pub shifts: [u8; 3],
}

impl Framebuffer {
    /// No screen.
    pub const NONE: Self = Self { address: 0, width: 0, height: 0, stride: 0, shifts: [0; 3] };

    /// Bytes from the first pixel to behind the last.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.stride as u64 * self.height as u64
    }
}

/// A colour: red, green, blue.
pub type Color = [u8; 3];

const FIRST: u8 = b' ';
const LAST: u8 = b'~';
const GLYPH_WIDTH: u32 = get_raster_width(FontWeight::Regular, RasterHeight::Size16) as u32;
const GLYPH_HEIGHT: u32 = 16;
/// Coverage of each printable ASCII character's pixels, row by row.
static GLYPHS: [&[u8]; (LAST - FIRST + 1) as usize] = glyphs();

const fn glyphs() -> [&'static [u8]; (LAST - FIRST + 1) as usize] {
    let mut glyphs: [&[u8]; (LAST - FIRST + 1) as usize] = [&[]; (LAST - FIRST + 1) as usize];
    let mut index = 0;
    while index < glyphs.len() {
        let character = (FIRST + index as u8) as char;
        match get_raster(character, FontWeight::Regular, RasterHeight::Size16) {
            Some(raster) => glyphs[index] = raster.pixels(),
            None => panic!("the font lacks a printable ASCII character"),
        }
        index += 1;
    }
    glyphs
}

/// A screen that text is written on, line by line; when full it begins anew at the top.
#[derive(Debug)]
pub struct Screen {
    framebuffer: Framebuffer,
    /// Pixels for each pixel of the font, in either direction.
    scale: u32,
    columns: u32,
    rows: u32,
    column: u32,
    row: u32,
    /// Colour of the text that follows.
    pub foreground: Color,
    /// Colour behind it.
    pub background: Color,
}

impl Screen {
    /// A screen on `framebuffer`, which is left as it is; writing begins at text line `row`.
    ///
    /// # Safety
    /// From `framebuffer.address` on, `framebuffer.size()` bytes must be a mapped framebuffer that
    /// nothing in Rust refers to, for as long as the screen is used. Address and stride must be
    /// multiples of four.
    #[must_use]
    pub const unsafe fn new(framebuffer: Framebuffer, row: u32) -> Self {
        // Twice the size from 1440 lines on, three times from 2160: readable at a desk.
        let scale = match framebuffer.height {
            0..1440 => 1,
            1440..2160 => 2,
            _ => 3,
        };
        Self {
            framebuffer,
            scale,
            columns: framebuffer.width / GLYPH_WIDTH / scale,
            rows: framebuffer.height / GLYPH_HEIGHT / scale,
            column: 0,
            row,
            foreground: [0xd0, 0xd0, 0xd0],
            background: [0x10, 0x14, 0x1a],
        }
    }

    /// The framebuffer that this screen draws on.
    #[must_use]
    pub const fn framebuffer(&self) -> Framebuffer {
        self.framebuffer
    }

    /// The text line that is written next.
    #[must_use]
    pub const fn row(&self) -> u32 {
        self.row
    }

    /// Paints everything in the background colour and goes to the top.
    pub fn clear(&mut self) {
        let color = self.pixel(self.background);
        for y in 0..self.framebuffer.height {
            for x in 0..self.framebuffer.width {
                self.put(x, y, color);
            }
        }
        (self.column, self.row) = (0, 0);
    }

    /// Writes one character; a line feed ends the line, what is not printable becomes `?`.
    pub fn write(&mut self, byte: u8) {
        if byte == b'\n' {
            while self.column < self.columns {
                self.draw(b' ');
            }
            (self.column, self.row) = (0, self.row.saturating_add(1));
            return;
        }
        if self.column >= self.columns {
            (self.column, self.row) = (0, self.row.saturating_add(1));
        }
        if self.row >= self.rows {
            self.clear();
        }
        self.draw(byte);
    }

    fn draw(&mut self, byte: u8) {
        let glyph = |byte: u8| GLYPHS.get(usize::from(byte.wrapping_sub(FIRST)));
        let glyph = glyph(byte).or_else(|| glyph(b'?')).copied().unwrap_or_default();
        let places = (0..GLYPH_HEIGHT).flat_map(|y| (0..GLYPH_WIDTH).map(move |x| (x, y)));
        for ((x, y), &coverage) in places.zip(glyph) {
            let color = self.pixel(self.blend(coverage));
            let x = self.column.wrapping_mul(GLYPH_WIDTH).wrapping_add(x);
            let y = self.row.wrapping_mul(GLYPH_HEIGHT).wrapping_add(y);
            self.put_scaled(x, y, color);
        }
        self.column = self.column.saturating_add(1);
    }

    fn blend(&self, coverage: u8) -> Color {
        let mix = |front: u8, back: u8| {
            let (front, back, coverage) = (u32::from(front), u32::from(back), u32::from(coverage));
            ((front * coverage + back * (255 - coverage)) / 255) as u8
        };
        let ([r, g, b], [br, bg, bb]) = (self.foreground, self.background);
        [mix(r, br), mix(g, bg), mix(b, bb)]
    }

    fn pixel(&self, [red, green, blue]: Color) -> u32 {
        let [r, g, b] = self.framebuffer.shifts;
        let place = |value: u8, shift: u8| u32::from(value).wrapping_shl(u32::from(shift));
        place(red, r) | place(green, g) | place(blue, b)
    }

    /// Paints the square of pixels that stands for pixel `x`, `y` of the text.
    fn put_scaled(&mut self, x: u32, y: u32, pixel: u32) {
        let (left, top) = (x.wrapping_mul(self.scale), y.wrapping_mul(self.scale));
        for y in 0..self.scale {
            for x in 0..self.scale {
                self.put(left.wrapping_add(x), top.wrapping_add(y), pixel);
            }
        }
    }

    fn put(&mut self, x: u32, y: u32, pixel: u32) {
        if x >= self.framebuffer.width || y >= self.framebuffer.height {
            return;
        }
        let line = u64::from(y) * u64::from(self.framebuffer.stride);
        let offset = line.wrapping_add(u64::from(x) * 4);
        let address = self.framebuffer.address.wrapping_add(offset) as *mut u32;
        // SAFETY: the pixel is inside the framebuffer, which `new` was promised is mapped and
        // aligned, and so is each pixel, as lines are a multiple of four bytes apart.
        unsafe { address.write_volatile(pixel) }
    }
}

#[cfg(test)]
mod tests {
    use std::vec;
    use std::vec::Vec;

    use super::*;

    const WIDTH: u32 = 64;
    const HEIGHT: u32 = 48;

    /// Draws on memory with a margin on all sides; returns the pixels with their margin.
    fn drawn(action: impl Fn(&mut Screen)) -> Vec<u32> {
        let (margin, stride) = (16, WIDTH + 16);
        let mut memory = vec![0xdead_beef_u32; (stride * (HEIGHT + 2 * margin)) as usize];
        let framebuffer = Framebuffer {
            address: memory[(stride * margin) as usize..].as_mut_ptr() as u64,
            width: WIDTH,
            height: HEIGHT,
            stride: stride * 4,
            shifts: [16, 8, 0],
        };
        // SAFETY: the framebuffer lies inside `memory`, which is used again only afterwards.
        let mut screen = unsafe { Screen::new(framebuffer, 0) };
        action(&mut screen);
        memory
    }

    #[test]
    fn nothing_is_drawn_outside_the_screen() {
        let memory = drawn(|screen| (0..=255).cycle().take(5_000).for_each(|b| screen.write(b)));
        for (index, &pixel) in memory.iter().enumerate() {
            let (x, y) = (index as u32 % (WIDTH + 16), index as u32 / (WIDTH + 16));
            let inside = x < WIDTH && (16..16 + HEIGHT).contains(&y);
            assert!(inside || pixel == 0xdead_beef, "{x},{y} was drawn");
        }
    }

    #[test]
    fn colours_go_where_the_pixel_format_says() {
        let memory = drawn(|screen| {
            screen.background = [0x11, 0x22, 0x33];
            screen.clear();
        });
        assert_eq!(memory[(WIDTH as usize + 16) * 16], 0x11_22_33);
    }
}
