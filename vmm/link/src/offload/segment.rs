//! Cuts a TCP segment that its sender left whole into such as a network carries, for a driver that
//! takes no others.

use super::checksum::{Sum, complete_v4_header};
use super::layers::{Layers, NETWORK, Version, set_word, word};

/// Flags of a TCP header.
const FIN: u8 = 1 << 0;
const PSH: u8 = 1 << 3;
const CWR: u8 = 1 << 7;

const TCP: u64 = 6;

/// How many segments there are.
#[must_use]
pub fn count(length: usize, layers: &Layers, size: u16) -> usize {
    length.saturating_sub(layers.payload).div_ceil(usize::from(size).max(1)).max(1)
}

/// Writes one of the segments, with all its checksums, to the beginning of `into` and returns its
/// length. None if it does not fit.
#[must_use]
pub fn cut(
    frame: &[u8],
    layers: &Layers,
    size: u16,
    number: usize,
    into: &mut [u8],
) -> Option<usize> {
    let Layers { version, transport, payload } = *layers;
    let start = payload + number * usize::from(size);
    let rest = frame.get(start..)?;
    let content = rest.get(..rest.len().min(usize::from(size)))?;
    let is_last = content.len() == rest.len();
    let length = payload + content.len();
    let segment = into.get_mut(..length)?;
    let (headers, place) = segment.split_at_mut_checked(payload)?;
    headers.copy_from_slice(frame.get(..payload)?);
    place.copy_from_slice(content);

    let addresses = match version {
        Version::V4 => {
            set_word(segment, NETWORK + 2, (length - NETWORK) as u16);
            let identification = word(segment, NETWORK + 4)?.wrapping_add(number as u16);
            set_word(segment, NETWORK + 4, identification);
            complete_v4_header(segment, transport);
            NETWORK + 12..NETWORK + 20
        }
        Version::V6 => {
            set_word(segment, NETWORK + 4, (length - transport) as u16);
            NETWORK + 8..NETWORK + 40
        }
    };
    let passed = (number as u32).wrapping_mul(size.into());
    let sequence = segment.get_mut(transport + 4..)?.first_chunk_mut::<4>()?;
    *sequence = u32::from_be_bytes(*sequence).wrapping_add(passed).to_be_bytes();
    let flags = segment.get_mut(transport + 13)?;
    *flags &= if number > 0 { !CWR } else { !0 } & if is_last { !0 } else { !(FIN | PSH) };

    set_word(segment, transport + 16, 0);
    let sum = Sum::default()
        .bytes(segment.get(addresses)?)
        .number(TCP + (length - transport) as u64)
        .bytes(segment.get(transport..)?);
    set_word(segment, transport + 16, sum.finish());
    Some(length)
}
