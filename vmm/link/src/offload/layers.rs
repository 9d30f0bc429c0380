//! The headers of a frame, as far as segmentation needs them: Ethernet, IP (RFC 791, RFC 8200), TCP (RFC
//! 9293).

/// Bytes of an Ethernet header, where IP begins.
pub const NETWORK: usize = 14;

const ETHERTYPE_V4: u16 = 0x0800;
const ETHERTYPE_V6: u16 = 0x86dd;
const TCP: u8 = 6;
const V6_HEADER: usize = 40;
const LEAST_V4_HEADER: usize = 20;
const LEAST_TCP_HEADER: usize = 20;

/// Which IP.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// Version 4.
    V4,
    /// Version 6.
    V6,
}

/// Where the headers of a TCP segment are in its frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layers {
    /// Which IP.
    pub version: Version,
    /// Where TCP begins.
    pub transport: usize,
    /// Where its payload begins.
    pub payload: usize,
}

/// Two bytes of a frame.
pub fn word(frame: &[u8], at: usize) -> Option<u16> {
    let bytes = frame.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*bytes))
}

/// Writes two bytes of a frame, if they lie in it.
pub fn set_word(frame: &mut [u8], at: usize, value: u16) {
    if let Some(place) = frame.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<2>) {
        *place = value.to_be_bytes();
    }
}

impl Layers {
    /// The headers of a frame of `total` bytes that is one whole TCP segment, without VLAN tags, extension
    /// headers or padding, and no fragment. The frame's beginning is enough.
    #[must_use]
    pub fn of_tcp(frame: &[u8], total: usize) -> Option<Self> {
        let (version, transport) = match word(frame, NETWORK - 2)? {
            ETHERTYPE_V4 => (Version::V4, Self::v4(frame, total)?),
            ETHERTYPE_V6 => (Version::V6, Self::v6(frame, total)?),
            _ => return None,
        };
        let length = usize::from(frame.get(transport + 12)? >> 4) * 4;
        let payload = transport + length;
        let whole = length >= LEAST_TCP_HEADER && payload <= frame.len().min(total);
        whole.then_some(Self { version, transport, payload })
    }

    fn v4(frame: &[u8], total: usize) -> Option<usize> {
        /// Where the fragment is in its packet, and whether more follow.
        const FRAGMENT: u16 = 0x3fff;
        let first = *frame.get(NETWORK)?;
        let header = usize::from(first & 0xf) * 4;
        let whole = first >> 4 == 4
            && header >= LEAST_V4_HEADER
            && usize::from(word(frame, NETWORK + 2)?) == total.saturating_sub(NETWORK)
            && word(frame, NETWORK + 6)? & FRAGMENT == 0
            && *frame.get(NETWORK + 9)? == TCP;
        whole.then_some(NETWORK + header)
    }

    fn v6(frame: &[u8], total: usize) -> Option<usize> {
        let payload = usize::from(word(frame, NETWORK + 4)?);
        let whole = *frame.get(NETWORK)? >> 4 == 6
            && payload + V6_HEADER == total.saturating_sub(NETWORK)
            && *frame.get(NETWORK + 6)? == TCP;
        whole.then_some(NETWORK + V6_HEADER)
    }
}
