//! How worlds' pictures come to the screen. Nothing here interprets them: pixels are read once, scaled
//! if need be, compared with what is shown, and copied.

mod grid;
mod picture;
mod scale;
mod tile;

pub use grid::{Grid, MOST_TILES};
pub use picture::{Look, Picture, Scratch};
pub use tile::Tile;

use crate::geometry::Size;

/// A world's framebuffer, which the world may write at any moment.
pub trait Pixels {
    /// Its width and height. The same at each call, and from the policy, never from the world.
    fn size(&self) -> Size;

    /// Reads the pixels from (`x`, `y`) to the right, each exactly once. What lies outside is black.
    /// The highest byte of a pixel has no meaning.
    fn row(&self, x: u32, y: u32, into: &mut [u32]);
}
