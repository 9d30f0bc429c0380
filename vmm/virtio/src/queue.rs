//! The device's side of a split virtqueue (virtio 1.2, section 2.7).
//!
//! What the driver writes is read once: an index, a ring entry, each descriptor. From then on only
//! the copy counts, which a [`Chain`] holds.

mod chain;
mod cursor;
mod descriptor;
mod malformed;
mod split;
#[cfg(test)]
mod tests;

pub use chain::{Chain, MAX_SEGMENTS, Segment};
pub use cursor::Cursor;
pub use malformed::Malformed;
pub use split::Queue;
