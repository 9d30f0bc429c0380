//! What is asked, and what is answered.

use std::vec::Vec;

use core::net::{Ipv4Addr, Ipv6Addr};
use proptest::prelude::*;

use super::*;

const SENDER: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 1]);
const RECEIVER: MacAddress = [2, 0, 0, 0, 0, 2];
const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const WANTED: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const OWN6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const WANTED6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);

fn ethernet(ethertype: EthernetProtocol, payload: &[u8]) -> Vec<u8> {
    let header = EthernetRepr { src_addr: SENDER, dst_addr: EthernetAddress::BROADCAST, ethertype };
    let mut bytes = std::vec![0; 14 + payload.len()];
    header.emit(&mut EthernetFrame::new_unchecked(&mut bytes[..]));
    bytes[14..].copy_from_slice(payload);
    bytes
}

fn request(operation: ArpOperation, own: Ipv4Addr, wanted: Ipv4Addr) -> Vec<u8> {
    let request = ArpRepr::EthernetIpv4 {
        operation,
        source_hardware_addr: SENDER,
        source_protocol_addr: own,
        target_hardware_addr: EthernetAddress([0; 6]),
        target_protocol_addr: wanted,
    };
    let mut payload = [0; 28];
    request.emit(&mut ArpPacket::new_unchecked(&mut payload[..]));
    ethernet(EthernetProtocol::Arp, &payload)
}

fn solicitation(own: Ipv6Addr, wanted: Ipv6Addr, hop_limit: u8) -> Vec<u8> {
    let to = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 2);
    let message = Icmpv6Repr::Ndisc(NdiscRepr::NeighborSolicit {
        target_addr: wanted,
        lladdr: (!own.is_unspecified()).then(|| SENDER.into()),
    });
    let header = Ipv6Repr {
        src_addr: own,
        dst_addr: to,
        next_header: IpProtocol::Icmpv6,
        payload_len: message.buffer_len(),
        hop_limit,
    };
    let mut payload = std::vec![0; 40 + message.buffer_len()];
    let mut packet = Ipv6Packet::new_unchecked(&mut payload[..]);
    header.emit(&mut packet);
    let mut inner = Icmpv6Packet::new_unchecked(packet.payload_mut());
    message.emit(&own, &to, &mut inner, &ChecksumCapabilities::default());
    ethernet(EthernetProtocol::Ipv6, &payload)
}

#[test]
fn an_arp_request_is_answered_with_the_receivers_address() {
    let answer = answer(&request(ArpOperation::Request, OWN, WANTED), RECEIVER).unwrap();
    let frame = EthernetFrame::new_checked(answer.frame()).unwrap();
    assert_eq!((frame.src_addr().0, frame.dst_addr()), (RECEIVER, SENDER));
    let reply = ArpRepr::parse(&ArpPacket::new_checked(frame.payload()).unwrap()).unwrap();
    let expected = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Reply,
        source_hardware_addr: EthernetAddress(RECEIVER),
        source_protocol_addr: WANTED,
        target_hardware_addr: SENDER,
        target_protocol_addr: OWN,
    };
    assert_eq!(reply, expected);
}

#[test]
fn a_solicitation_is_answered_with_an_advertisement_whose_checksum_holds() {
    let answer = answer(&solicitation(OWN6, WANTED6, 255), RECEIVER).unwrap();
    assert_eq!(answer.frame().len(), ANSWER_BYTES);
    let frame = EthernetFrame::new_checked(answer.frame()).unwrap();
    assert_eq!((frame.src_addr().0, frame.dst_addr()), (RECEIVER, SENDER));
    let packet = Ipv6Packet::new_checked(frame.payload()).unwrap();
    assert_eq!((packet.src_addr(), packet.dst_addr()), (WANTED6, OWN6));
    assert_eq!(packet.hop_limit(), 255);
    let message = Icmpv6Packet::new_checked(packet.payload()).unwrap();
    let checksums = ChecksumCapabilities::default();
    let Ok(Icmpv6Repr::Ndisc(NdiscRepr::NeighborAdvert { flags, target_addr, lladdr })) =
        Icmpv6Repr::parse(&WANTED6, &OWN6, &message, &checksums)
    else {
        panic!("no advertisement: {:x?}", answer.frame());
    };
    assert_eq!(target_addr, WANTED6);
    assert!(flags.contains(NdiscNeighborFlags::SOLICITED | NdiscNeighborFlags::OVERRIDE));
    assert_eq!(lladdr, Some(EthernetAddress(RECEIVER).into()));
}

#[test]
fn a_system_may_take_any_address_for_itself() {
    for (own, wanted) in [(Ipv4Addr::UNSPECIFIED, WANTED), (WANTED, WANTED)] {
        assert_eq!(answer(&request(ArpOperation::Request, own, wanted), RECEIVER), None);
    }
    for (own, wanted) in [(Ipv6Addr::UNSPECIFIED, WANTED6), (WANTED6, WANTED6)] {
        assert_eq!(answer(&solicitation(own, wanted, 255), RECEIVER), None);
    }
}

#[test]
fn nothing_else_is_answered() {
    let multicast = Ipv4Addr::new(224, 0, 0, 1);
    for frame in [
        request(ArpOperation::Reply, OWN, WANTED),
        request(ArpOperation::Request, OWN, multicast),
        request(ArpOperation::Request, OWN, Ipv4Addr::BROADCAST),
        request(ArpOperation::Request, multicast, WANTED),
        solicitation(OWN6, WANTED6, 64),
        ethernet(EthernetProtocol::Ipv4, &[0x45; 64]),
        Vec::new(),
    ] {
        assert_eq!(answer(&frame, RECEIVER), None, "{frame:x?}");
    }
    let mut damaged = solicitation(OWN6, WANTED6, 255);
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(answer(&damaged, RECEIVER), None, "its checksum does not hold");
}

proptest! {
    #[test]
    fn no_bytes_stop_it(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        kind in prop_oneof![Just([0x08, 0x06]), Just([0x86, 0xdd]), any::<[u8; 2]>()],
    ) {
        let mut frame = bytes;
        if let Some(place) = frame.get_mut(12..14) {
            place.copy_from_slice(&kind);
        }
        let _ = answer(&frame, RECEIVER);
    }

    #[test]
    fn no_change_of_a_question_stops_it(
        is_arp in any::<bool>(),
        changes in proptest::collection::vec((0..100_usize, any::<u8>()), 0..6),
        length in 0..100_usize,
    ) {
        let mut frame = if is_arp {
            request(ArpOperation::Request, OWN, WANTED)
        } else {
            solicitation(OWN6, WANTED6, 255)
        };
        for (place, value) in changes {
            if let Some(byte) = frame.get_mut(place) {
                *byte = value;
            }
        }
        frame.truncate(length);
        if let Some(answer) = answer(&frame, RECEIVER) {
            prop_assert!(answer.frame().len() <= ANSWER_BYTES);
        }
    }
}
