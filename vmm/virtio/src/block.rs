//! The block device (virtio 1.2, section 5.2).

mod device;
mod disk;
mod overlay;
mod request;
#[cfg(test)]
mod tests;

pub use device::{Block, SERIAL_LENGTH};
pub use disk::{Disk, DiskError, Run, SECTOR};
pub use overlay::{BLOCK, Overlay, OverlayError};
