//! The address that an adapter has before anybody assigns one.

use smoltcp::wire::Ipv6Address;

/// The link-local address of the adapter with this Ethernet address (RFC 4291, 2.5.6 and appendix A).
#[must_use]
pub fn link_local([a, b, c, d, e, f]: [u8; 6]) -> Ipv6Address {
    Ipv6Address::from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f])
}
