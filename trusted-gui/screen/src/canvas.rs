//! The whole picture in memory. It is drawn here, and what changed is then copied to the screen, so
//! that no half-drawn state is ever seen and the screen's slow memory is never read.

use crate::{
    damage::Damage,
    geometry::{MAX_SIDE, Rect, Size},
    layout::Layout,
    pointer::Pointer,
    scanout::Scanout,
    surface::Surface,
};

/// Pixels of the whole screen, blue in the lowest byte, and what of it changed.
#[derive(Debug)]
pub struct Canvas<'a> {
    pixels: &'a mut [u32],
    size: Size,
    damage: Damage,
    /// Where the pointer was when the canvas was last shown.
    pointer_shown: Rect,
}

/// Three parts of the screen that share no pixel: a borrow of one cannot reach the others.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The upper label strip.
    pub top: Surface<'a>,
    /// Where worlds are shown.
    pub area: Surface<'a>,
    /// The lower label strip.
    pub bottom: Surface<'a>,
}

impl<'a> Canvas<'a> {
    /// A canvas of `size` in this memory.
    ///
    /// Returns nothing when a side is 0 or over [`MAX_SIDE`], or the memory is too small.
    #[must_use]
    pub fn new(pixels: &'a mut [u32], width: u32, height: u32) -> Option<Self> {
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            return None;
        }
        let size = Size::new(width as i32, height as i32);
        let pixels = pixels.get_mut(..width as usize * height as usize)?;
        let damage = Damage::none();
        damage.mark(size.rect());
        Some(Self { pixels, size, damage, pointer_shown: Rect::EMPTY })
    }

    /// Width and height.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// All of it.
    pub fn surface(&mut self) -> Surface<'_> {
        Surface::new(self.pixels, self.size, &self.damage)
    }

    /// The strips and the area between them. The rows are divided by splitting the memory, so code
    /// that draws worlds holds no reference through which it could write a strip's pixel.
    pub fn split(&mut self, layout: &Layout) -> Parts<'_> {
        let (top, rest) = self.surface().split_at_row(layout.area.y);
        let (area, bottom) = rest.split_at_row(layout.area.bottom());
        Parts { top, area, bottom }
    }

    /// Notes that all of the screen has to be written anew.
    pub fn damage_all(&mut self) {
        self.damage.mark(self.size.rect());
    }

    /// Copies what changed to the screen, with the pointer over it.
    pub fn show(&mut self, screen: &mut Scanout<'_>, pointer: Option<Pointer>) {
        let place = pointer.map_or(Rect::EMPTY, |pointer| pointer.bounds());
        if place != self.pointer_shown {
            self.damage.mark(self.pointer_shown);
            self.damage.mark(place);
            self.pointer_shown = place;
        }
        let (pixels, size) = (&*self.pixels, self.size);
        self.damage.take(|rect| {
            let rect = rect.intersection(size.rect());
            for y in rect.y..rect.bottom() {
                let start = y as usize * size.width as usize + rect.x as usize;
                if let Some(row) = pixels.get(start..start + rect.width as usize) {
                    screen.write(rect.x, y, row);
                    if let Some(pointer) = pointer {
                        pointer.write_row(rect, y, screen);
                    }
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_too_small_and_sides_out_of_range_are_refused() {
        let mut memory = [0; 64];
        assert!(Canvas::new(&mut memory, 8, 8).is_some());
        assert!(Canvas::new(&mut memory, 8, 9).is_none());
        assert!(Canvas::new(&mut memory, 0, 8).is_none());
        assert!(Canvas::new(&mut memory, 4097, 0).is_none());
    }
}
