//! The network device (virtio 1.2, section 5.1): one end of a link, whole Ethernet frames, no offloads.

mod device;
mod link;
#[cfg(test)]
mod tests;

pub use device::{Counters, FRAME, Network};
pub use link::{Link, Sent};
