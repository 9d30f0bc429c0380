//! What a sender left to do of its frame, in the header before it (virtio 1.2, section 5.1.6): to sum up
//! a checksum, or also to cut it into segments. Between two drivers that can do without, it is handed
//! through, and nobody ever does it.
//!
//! The header is the sender's, as the frame is. What the receiver's driver gets of it is made anew from
//! what was found to be true of this frame.

pub mod checksum;
pub mod layers;
mod pieces;
pub mod segment;

use layers::{Layers, NETWORK, Version};
pub use pieces::Pieces;

/// Bytes of the header.
pub const HEADER: usize = 12;

/// Bytes of a frame at most that is not to be cut: header, a VLAN tag, and 1,500 bytes of payload.
pub const FRAME: usize = 1518;

/// Bytes of the shortest thing that has an Ethernet header.
pub const SHORTEST: usize = 14;

/// Bytes of a record at most: header, Ethernet header, and the longest packet of IPv6 (40 bytes and 64
/// KiB), in whole words.
pub const RECORD: usize = (HEADER + 14 + 40 + 0xffff_usize).next_multiple_of(8);

/// Flag: a checksum is to be summed up.
const NEEDS_CHECKSUM: u8 = 1;
/// Kinds of segments.
const UNCUT: u8 = 0;
const TCP_V4: u8 = 1;
const TCP_V6: u8 = 4;

/// Where in a TCP header the checksum is.
const TCP_CHECKSUM: u16 = 16;
/// The least payload of a segment, as every network carries it (IPv4's 576 bytes without headers).
const LEAST_SEGMENT: u16 = 512;

/// What is left to do. All positions are in the frame, and within it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Offload {
    /// Nothing.
    Nothing,
    /// A checksum.
    Checksum {
        /// Where what it sums up begins.
        start: u16,
        /// How far behind that it goes; there is the sum of the pseudo header.
        offset: u16,
    },
    /// TCP segments, each with its checksum.
    Segments {
        /// The headers.
        layers: Layers,
        /// Payload of each but the last.
        size: u16,
    },
}

impl Offload {
    /// What the header says, if it is true of a frame of `total` bytes that begins like this.
    #[must_use]
    pub fn parse(header: &[u8; HEADER], frame: &[u8], total: usize) -> Option<Self> {
        let [flags, kind, _, _, rest @ ..] = *header;
        let [size_low, size_high, start_low, start_high, offset_low, offset_high, ..] = rest;
        let size = u16::from_le_bytes([size_low, size_high]);
        let start = u16::from_le_bytes([start_low, start_high]);
        let offset = u16::from_le_bytes([offset_low, offset_high]);
        let checksum = flags & NEEDS_CHECKSUM != 0;
        let version = match kind {
            UNCUT if !checksum => return Some(Self::Nothing),
            UNCUT => {
                let end = usize::from(start) + usize::from(offset) + 2;
                // Who the frame is from and for is looked at before the sum is written: it stays.
                let is_inside = usize::from(start) >= NETWORK && end <= total;
                return is_inside.then_some(Self::Checksum { start, offset });
            }
            TCP_V4 => Version::V4,
            TCP_V6 => Version::V6,
            _ => return None,
        };
        let layers = Layers::of_tcp(frame, total)?;
        let fits = checksum
            && layers.version == version
            && usize::from(start) == layers.transport
            && offset == TCP_CHECKSUM
            && size >= LEAST_SEGMENT;
        fits.then_some(Self::Segments { layers, size })
    }

    /// What is left to do of a frame of `total` bytes that begins like this, if that can be, and the frame is as
    /// long as a frame can be then.
    #[must_use]
    pub fn checked(header: &[u8; HEADER], frame: &[u8], total: usize) -> Option<Self> {
        let offload = Self::parse(header, frame, total)?;
        let longest = if matches!(offload, Self::Segments { .. }) { RECORD } else { FRAME };
        (SHORTEST..=longest).contains(&total).then_some(offload)
    }

    /// The header that says so, to be followed by a frame that lies in so many buffers.
    #[must_use]
    pub fn header(&self, buffers: u16) -> [u8; HEADER] {
        let (kind, headers, size, start, offset) = match *self {
            Self::Nothing => (UNCUT, 0, 0, None, 0),
            Self::Checksum { start, offset } => (UNCUT, 0, 0, Some(start), offset),
            Self::Segments { layers, size } => {
                let kind = if layers.version == Version::V4 { TCP_V4 } else { TCP_V6 };
                // Below 2^16, as they lie in a frame.
                (kind, layers.payload as u16, size, Some(layers.transport as u16), TCP_CHECKSUM)
            }
        };
        let flags = if start.is_some() { NEEDS_CHECKSUM } else { 0 };
        let [h, s] = [headers, size].map(u16::to_le_bytes);
        let [t, o] = [start.unwrap_or(0), offset].map(u16::to_le_bytes);
        let [low, high] = buffers.to_le_bytes();
        [flags, kind, h[0], h[1], s[0], s[1], t[0], t[1], o[0], o[1], low, high]
    }
}
