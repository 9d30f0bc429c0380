//! The network device (virtio 1.2, section 5.1): one end of a link. Frames of a network, and TCP segments of
//! up to 64 KiB with a checksum to come, which no network carries and memory does.

mod delivery;
mod device;
mod link;
#[cfg(test)]
mod tests;

pub use cloister_link::{FRAME, HEADER, Offload, RECORD};
pub use device::{Counters, Network};
pub use link::{HEAD, Link, Sent};
