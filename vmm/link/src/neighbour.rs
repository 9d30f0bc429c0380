//! Stands in for the receivers of a one-way link, which cannot answer: an unmodified system sends to
//! nobody whose Ethernet address it did not hear. ARP (RFC 826) and neighbour discovery for IPv6 (RFC
//! 4861) are answered, whatever address is asked for: whether a receiver has it is what a sender on a
//! one-way link cannot learn.
//!
//! Addresses that a system asks for to see whether anybody has them before it takes them itself get no
//! answer (RFC 5227, RFC 4862 section 5.4), or it could not take them.

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol,
    EthernetRepr, Icmpv6Packet, Icmpv6Repr, IpProtocol, Ipv6Packet, Ipv6Repr, NdiscNeighborFlags,
    NdiscRepr,
};

use crate::MacAddress;

/// Bytes of the longest answer: Ethernet header, IPv6 header, neighbour advertisement with an option.
pub const ANSWER_BYTES: usize = 14 + 40 + 32;

/// What neighbour discovery may not come from farther than (RFC 4861, section 7.1.1).
const HOP_LIMIT: u8 = 255;

/// An answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    bytes: [u8; ANSWER_BYTES],
    length: usize,
}

impl Answer {
    /// The frame.
    #[must_use]
    pub fn frame(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The answer to a frame of the sender's, if it asks for a neighbour's address: `neighbour` is the
/// one that it gets.
#[must_use]
pub fn answer(frame: &[u8], neighbour: MacAddress) -> Option<Answer> {
    let frame = EthernetFrame::new_checked(frame).ok()?;
    let neighbour = EthernetAddress(neighbour);
    match frame.ethertype() {
        EthernetProtocol::Arp => arp(frame.payload(), neighbour),
        EthernetProtocol::Ipv6 => discovery(frame.src_addr(), frame.payload(), neighbour),
        _ => None,
    }
}

fn arp(payload: &[u8], neighbour: EthernetAddress) -> Option<Answer> {
    let packet = ArpPacket::new_checked(payload).ok()?;
    let ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr: asker,
        source_protocol_addr: own,
        target_protocol_addr: wanted,
        ..
    } = ArpRepr::parse(&packet).ok()?
    else {
        return None;
    };
    let is_neighbour = |address: core::net::Ipv4Addr| {
        !(address.is_unspecified() || address.is_multicast() || address.is_broadcast())
    };
    if !is_neighbour(own) || !is_neighbour(wanted) || own == wanted || !asker.is_unicast() {
        return None;
    }
    let reply = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Reply,
        source_hardware_addr: neighbour,
        source_protocol_addr: wanted,
        target_hardware_addr: asker,
        target_protocol_addr: own,
    };
    framed(neighbour, asker, EthernetProtocol::Arp, reply.buffer_len(), |payload| {
        reply.emit(&mut ArpPacket::new_unchecked(payload));
    })
}

fn discovery(asker: EthernetAddress, payload: &[u8], neighbour: EthernetAddress) -> Option<Answer> {
    let packet = Ipv6Packet::new_checked(payload).ok()?;
    if packet.next_header() != IpProtocol::Icmpv6 || packet.hop_limit() != HOP_LIMIT {
        return None;
    }
    let (own, to) = (packet.src_addr(), packet.dst_addr());
    let message = Icmpv6Packet::new_checked(packet.payload()).ok()?;
    let checksums = ChecksumCapabilities::default();
    let Icmpv6Repr::Ndisc(NdiscRepr::NeighborSolicit { target_addr: wanted, .. }) =
        Icmpv6Repr::parse(&own, &to, &message, &checksums).ok()?
    else {
        return None;
    };
    // From nowhere: whether anybody has the address that the asker wants to take.
    let is_neighbour =
        |address: core::net::Ipv6Addr| !(address.is_unspecified() || address.is_multicast());
    if !is_neighbour(own) || !is_neighbour(wanted) || own == wanted || !asker.is_unicast() {
        return None;
    }
    let advertisement = Icmpv6Repr::Ndisc(NdiscRepr::NeighborAdvert {
        flags: NdiscNeighborFlags::SOLICITED | NdiscNeighborFlags::OVERRIDE,
        target_addr: wanted,
        lladdr: Some(neighbour.into()),
    });
    let header = Ipv6Repr {
        src_addr: wanted,
        dst_addr: own,
        next_header: IpProtocol::Icmpv6,
        payload_len: advertisement.buffer_len(),
        hop_limit: HOP_LIMIT,
    };
    let length = header.buffer_len() + advertisement.buffer_len();
    framed(neighbour, asker, EthernetProtocol::Ipv6, length, |payload| {
        let mut packet = Ipv6Packet::new_unchecked(payload);
        header.emit(&mut packet);
        let mut message = Icmpv6Packet::new_unchecked(packet.payload_mut());
        advertisement.emit(&wanted, &own, &mut message, &checksums);
    })
}

/// A frame with a payload that `emit` writes.
fn framed(
    from: EthernetAddress,
    to: EthernetAddress,
    ethertype: EthernetProtocol,
    payload: usize,
    emit: impl FnOnce(&mut [u8]),
) -> Option<Answer> {
    let header = EthernetRepr { src_addr: from, dst_addr: to, ethertype };
    let length = header.buffer_len() + payload;
    let mut answer = Answer { bytes: [0; ANSWER_BYTES], length };
    let mut frame = EthernetFrame::new_unchecked(answer.bytes.get_mut(..length)?);
    header.emit(&mut frame);
    emit(frame.payload_mut());
    Some(answer)
}

#[cfg(test)]
mod tests;
