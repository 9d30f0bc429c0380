//! Which address the world has on which link.

use cloister_bare::command_line;
use smoltcp::wire::{EthernetAddress, IpCidr, Ipv6Address, Ipv6Cidr};

/// An address from the command line.
#[derive(Clone, Copy)]
pub struct Assignment<'a> {
    /// The link's name in the policy.
    pub link: &'a str,
    /// The address and its network.
    pub address: IpCidr,
}

impl<'a> Assignment<'a> {
    /// What `cloister.address=LINK:ADDRESS/PREFIX` says; of several, separated by commas, the first.
    pub fn of(line: &'a str) -> Result<Option<Self>, &'static str> {
        let Some(value) = command_line::value(line, "cloister.address") else { return Ok(None) };
        let first = value.split(',').next().unwrap_or_default();
        let assignment = first
            .split_once(':')
            .and_then(|(link, address)| Some(Self { link, address: address.parse().ok()? }));
        assignment.map(Some).ok_or("cloister.address is not of the form LINK:ADDRESS/PREFIX")
    }
}

/// The address on the link that follows from an Ethernet address (RFC 4291, appendix A).
pub fn link_local(ethernet: EthernetAddress) -> IpCidr {
    let EthernetAddress([a, b, c, d, e, f]) = ethernet;
    let pair = u16::from_be_bytes;
    let universal = a ^ 2;
    let [first, second] = [pair([universal, b]), pair([c, 0xff])];
    let address = Ipv6Address::new(0xfe80, 0, 0, 0, first, second, pair([0xfe, d]), pair([e, f]));
    IpCidr::Ipv6(Ipv6Cidr::new(address, 64))
}
