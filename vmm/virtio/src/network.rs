//! The network device (virtio 1.2, section 5.1): one end of a link. Frames of a network, and TCP segments of
//! up to 64 KiB with a checksum to come, which no network carries and memory does.

mod checksum;
mod delivery;
mod device;
mod layers;
mod link;
mod offload;
mod segment;
#[cfg(test)]
mod tests;

pub use device::{Counters, Network};
pub use link::{Link, Sent};
pub use offload::{HEADER, Offload};

/// Bytes of a frame at most that is not to be cut: header, a VLAN tag, and 1,500 bytes of payload.
pub const FRAME: usize = 1518;

/// Bytes of a record at most: header, Ethernet header, and the longest packet of IPv6 (40 bytes and 64
/// KiB), in whole words.
pub const RECORD: usize = (HEADER + 14 + 40 + 0xffff_usize).next_multiple_of(8);
