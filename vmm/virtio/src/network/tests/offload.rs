//! What is left to do of a frame: handed through, or done for drivers that cannot do without.

use cloister_link::offload::layers::{Layers, Version};
use cloister_link::offload::{checksum, segment};

use super::*;
use proptest::prelude::*;

const GUEST_CHECKSUM: u64 = 1 << 1;
const GUEST_TCP: u64 = 1 << 7 | 1 << 8;
const MERGEABLE: u64 = 1 << 15;

/// A checksum, the obvious way, over a text that holds one: 0 if that is right.
fn plain_checksum(bytes: &[u8]) -> u16 {
    let mut sum = 0_u32;
    for (at, byte) in bytes.iter().enumerate() {
        sum += u32::from(*byte) << if at % 2 == 0 { 8 } else { 0 };
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// A TCP segment with so much payload, without checksums.
fn tcp(version: Version, payload: usize, options: usize) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 7, 2, 0, 0, 0, 0, 8];
    let length = 20 + options + payload;
    match version {
        Version::V4 => {
            frame.extend([8, 0, 0x45, 0]);
            frame.extend((20 + length as u16).to_be_bytes());
            frame.extend([0xff, 0xfe, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        }
        Version::V6 => {
            frame.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
            frame.extend((length as u16).to_be_bytes());
            frame.extend([6, 64]);
            frame.extend([0xfe; 32]);
        }
    }
    let words = (5 + options / 4) as u8;
    frame.extend([0, 80, 0x30, 0x39, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 1, words << 4, 0x99]);
    frame.extend([1, 0, 0, 0, 0, 0]);
    frame.extend(vec![1; options]);
    frame.extend((0..payload).map(|at| (at % 251) as u8));
    frame
}

/// The pseudo header of a segment, with the length that its IP header says.
fn pseudo(frame: &[u8], version: Version) -> Vec<u8> {
    let (addresses, length) = match version {
        Version::V4 => (&frame[26..34], u16::from_be_bytes([frame[16], frame[17]]) - 20),
        Version::V6 => (&frame[22..54], u16::from_be_bytes([frame[18], frame[19]])),
    };
    [addresses, &[0, 6], &length.to_be_bytes()].concat()
}

fn record(offload: Offload, frame: &[u8]) -> Vec<u8> {
    [&offload.header(0), frame].concat()
}

fn segments(frame: &[u8], size: u16) -> Offload {
    Offload::Segments { layers: Layers::of_tcp(frame, frame.len()).unwrap(), size }
}

#[test]
fn a_long_segment_goes_through_whole_over_several_buffers() {
    let mut guest = guest_with(GUEST_CHECKSUM | GUEST_TCP | MERGEABLE);
    let frame = tcp(Version::V4, 9000, 12);
    guest.device().link().coming.push_back(record(segments(&frame, 1448), &frame));
    guest.process();
    let heads: Vec<u16> =
        (0..3).map(|at| guest.add(0, &[(BUFFER + at * 0x1000, 4096, true)])).collect();
    // Too few buffers: it waits, and those are used that are there when there are more.
    assert!(guest.used(0).is_empty());
    guest.kick(0);
    let rest = (12 + frame.len() - 8192) as u32;
    assert_eq!(guest.used(0), [(heads[0], 4096), (heads[1], 4096), (heads[2], rest)]);
    let got = guest.bytes(BUFFER, 12 + frame.len());
    assert_eq!(got[..12], segments(&frame, 1448).header(3));
    assert_eq!(got[12..], frame);
}

#[test]
fn what_waits_for_buffers_is_not_lost() {
    let mut guest = guest_with(GUEST_CHECKSUM | GUEST_TCP | MERGEABLE);
    let frame = tcp(Version::V6, 5000, 0);
    guest.device().link().coming.push_back(record(segments(&frame, 1000), &frame));
    let first = guest.add(0, &[(BUFFER, 4096, true)]);
    guest.kick(0);
    assert!(guest.used(0).is_empty(), "half of it is not shown");
    let second = guest.add(0, &[(BUFFER + 4096, 4096, true)]);
    guest.kick(0);
    let used: Vec<u16> = guest.used(0).iter().map(|(head, _)| *head).collect();
    assert_eq!(used, [first, second]);
    assert_eq!(guest.bytes(BUFFER + 12, frame.len()), frame);
}

#[test]
fn buffers_that_can_never_hold_it_lose_the_frame() {
    let mut guest = guest_with(GUEST_CHECKSUM | GUEST_TCP | MERGEABLE);
    // The header must lie in one piece; what is lost gives all buffers back empty.
    for buffers in [vec![(BUFFER, 4, true), (BUFFER + 4, 2000, true)], vec![(BUFFER, 8, true)]] {
        guest.device().link().bring(&[5; 64]);
        let head = guest.add(0, &buffers);
        guest.kick(0);
        assert_eq!(guest.used(0), [(head, 0)]);
    }
    assert_eq!(guest.device().counters().receive_dropped, 2);
}

#[test]
fn drivers_without_offloads_get_frames_as_a_network_carries_them() {
    for (version, features) in
        [(Version::V4, 0), (Version::V6, GUEST_CHECKSUM), (Version::V6, GUEST_TCP)]
    {
        let mut guest = guest_with(features);
        let frame = tcp(version, 3000, 12);
        guest.device().link().coming.push_back(record(segments(&frame, 1400), &frame));
        let heads: Vec<u16> =
            (0..4).map(|at| guest.add(0, &[(BUFFER + at * 0x1000, 1600, true)])).collect();
        guest.kick(0);
        let used = guest.used(0);
        assert_eq!(used.iter().map(|(head, _)| *head).collect::<Vec<_>>(), heads[..3]);
        for (at, (_, length)) in (0..).zip(used) {
            let got = guest.bytes(BUFFER + at * 0x1000, length as usize);
            assert_eq!(got[..12], Offload::Nothing.header(1));
            let start =
                Layers::of_tcp(&got[12..], got.len() - 12).expect("a whole segment").transport;
            let sum = [&pseudo(&got[12..], version), &got[12 + start..]].concat();
            assert_eq!(plain_checksum(&sum), 0);
        }
    }
}

#[test]
fn a_checksum_is_summed_up_for_who_needs_it() {
    let mut frame = tcp(Version::V4, 777, 0);
    // As a driver leaves it: the sum of the pseudo header.
    let partial = !plain_checksum(&pseudo(&frame, Version::V4));
    frame[50..52].copy_from_slice(&partial.to_be_bytes());
    let left = Offload::Checksum { start: 34, offset: 16 };
    for (features, header) in [(0, Offload::Nothing), (GUEST_CHECKSUM, left)] {
        let mut guest = guest_with(features);
        guest.device().link().coming.push_back(record(left, &frame));
        guest.add(0, &[(BUFFER, 1600, true)]);
        guest.kick(0);
        let got = guest.bytes(BUFFER, 12 + frame.len());
        assert_eq!(got[..12], header.header(1));
        let sum = [&pseudo(&frame, Version::V4), &got[12 + 34..]].concat();
        assert_eq!(plain_checksum(&sum) == 0, features == 0);
    }
}

proptest! {
    #[test]
    fn segments_are_the_stream_that_was_cut(
        four: bool, payload in 0_usize..20_000, options in 0_usize..10, size in 512_u16..1448,
    ) {
        let version = if four { Version::V4 } else { Version::V6 };
        let frame = tcp(version, payload, options * 4);
        let layers = Layers::of_tcp(&frame, frame.len()).unwrap();
        let count = segment::count(frame.len(), &layers, size);
        let mut stream: Vec<u8> = Vec::new();
        for number in 0..count {
            let mut room = [0; 1600];
            let length = segment::cut(&frame, &layers, size, number, &mut room).unwrap();
            let segment = &room[..length];
            let own = Layers::of_tcp(segment, segment.len()).unwrap();
            prop_assert_eq!(own, layers);
            let at = |start: usize| u32::from_be_bytes(segment[start..start + 4].try_into().unwrap());
            prop_assert_eq!(at(own.transport + 4), 0xffff_fff0_u32.wrapping_add(stream.len() as u32));
            let flags = segment[own.transport + 13];
            prop_assert_eq!(flags & 0x09 != 0, number + 1 == count, "FIN and PSH");
            prop_assert_eq!(flags & 0x80 != 0, number == 0, "CWR");
            let sum = [&pseudo(segment, version), &segment[own.transport..]].concat();
            prop_assert_eq!(plain_checksum(&sum), 0);
            if four {
                prop_assert_eq!(plain_checksum(&segment[14..34]), 0);
            }
            stream.extend(&segment[own.payload..]);
        }
        prop_assert_eq!(&stream, &frame[layers.payload..]);
    }

    #[test]
    fn what_a_header_says_is_true_or_refused(
        mut header in prop::array::uniform12(any::<u8>()),
        mut frame in prop::collection::vec(any::<u8>(), 0..200),
        likely: bool, at in 0_usize..80, byte: u8,
    ) {
        if likely {
            // One byte away from a sound one.
            frame = tcp(Version::V4, 100, 0);
            header = segments(&frame, 600).header(0);
            if let Some(place) = header.get_mut(at) {
                *place = byte;
            } else {
                frame[at - 12] = byte;
            }
        }
        if let Some(offload) = Offload::parse(&header, &frame, frame.len()) {
            prop_assert_eq!(Offload::parse(&offload.header(0), &frame, frame.len()), Some(offload));
            match offload {
                Offload::Nothing => {}
                Offload::Checksum { start, offset } => {
                    prop_assert!(usize::from(start) + usize::from(offset) + 2 <= frame.len());
                    checksum::complete(&mut frame, start, offset);
                }
                Offload::Segments { layers, size } => {
                    prop_assert!(layers.transport + 20 <= layers.payload);
                    prop_assert!(layers.payload <= frame.len() && size >= 512);
                    let count = segment::count(frame.len(), &layers, size);
                    for number in 0..count {
                        let _ = segment::cut(&frame, &layers, size, number, &mut [0; 1518]);
                    }
                }
            }
        }
    }
}
