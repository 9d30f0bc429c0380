//! Addresses, socket, stack.

use cloister_evidence::exchange::{HEADER, MAX_ANSWER, MessageFault, Request};
use smoltcp::{
    iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage},
    socket::{dhcpv4, tcp},
    time::{Duration, Instant},
    wire::{EthernetAddress, IpCidr, Ipv4Address, Ipv4Cidr},
};

use crate::{
    address::link_local,
    connection::Connection,
    wire::{Polled, Wire},
};

/// Bytes of requests that are kept: more than a request has.
const REQUESTS: usize = 2048;

/// Connections at a time: who asks again at once comes while the last connection is still closing.
const CONNECTIONS: usize = 2;

/// How long the other side may be silent while something is sent to it.
const SILENCE: Duration = Duration::from_secs(10);

/// Memory of an endpoint: too large for a stack.
pub struct Memory<'s> {
    requests: [[u8; REQUESTS]; CONNECTIONS],
    answers: [[u8; MAX_ANSWER + HEADER]; CONNECTIONS],
    sockets: [SocketStorage<'s>; 1 + CONNECTIONS],
}

impl Memory<'_> {
    /// Not used yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            requests: [[0; REQUESTS]; CONNECTIONS],
            answers: [[0; MAX_ANSWER + HEADER]; CONNECTIONS],
            sockets: [SocketStorage::EMPTY; 1 + CONNECTIONS],
        }
    }
}

impl Default for Memory<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// Who the endpoint is on its network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Its Ethernet address.
    pub mac: [u8; 6],
    /// The TCP port that it answers on.
    pub port: u16,
    /// Something that differs from boot to boot: sequence numbers begin with it.
    pub seed: u64,
}

/// The endpoint.
pub struct Endpoint<'s> {
    interface: Interface,
    sockets: SocketSet<'s>,
    dhcp: SocketHandle,
    connections: [(SocketHandle, Connection); CONNECTIONS],
    port: u16,
}

impl<'s> Endpoint<'s> {
    /// An endpoint in `memory`.
    pub fn new(
        settings: Settings,
        memory: &'s mut Memory<'s>,
        wire: &mut impl Wire,
        milliseconds: i64,
    ) -> Self {
        let Settings { mac, port, seed } = settings;
        let mut config = Config::new(EthernetAddress(mac).into());
        config.random_seed = seed;
        let now = Instant::from_millis(milliseconds);
        let mut interface = Interface::new(config, &mut Polled::new(wire), now);
        interface.update_ip_addrs(|addresses| {
            // There is room for two.
            let _ = addresses.push(IpCidr::new(link_local(mac).into(), 64));
        });
        let Memory { requests, answers, sockets } = memory;
        let mut sockets = SocketSet::new(&mut sockets[..]);
        let dhcp = sockets.add(dhcpv4::Socket::new());
        let mut places = requests.iter_mut().zip(answers);
        let connections = [(); CONNECTIONS].map(|()| {
            let (requests, answers) = places.next().map_or_else(
                || (&mut [][..], &mut [][..]),
                |(requests, answers)| (&mut requests[..], &mut answers[..]),
            );
            let mut socket =
                tcp::Socket::new(tcp::SocketBuffer::new(requests), tcp::SocketBuffer::new(answers));
            socket.set_timeout(Some(SILENCE));
            (sockets.add(socket), Connection::new())
        });
        Self { interface, sockets, dhcp, connections, port }
    }

    /// Does what can be done now. One request, or what came instead of one, is answered by `answer`.
    pub fn poll<'b>(
        &mut self,
        wire: &mut impl Wire,
        milliseconds: i64,
        answer: impl FnOnce(Result<Request<'_>, MessageFault>) -> &'b [u8],
    ) {
        let now = Instant::from_millis(milliseconds);
        let mut device = Polled::new(wire);
        self.interface.poll(now, &mut device, &mut self.sockets);
        self.configure();
        let mut answer = Some(answer);
        for (handle, connection) in &mut self.connections {
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(*handle);
            connection.step(socket, self.port, now, &mut answer);
        }
        self.interface.poll(now, &mut device, &mut self.sockets);
    }

    /// Takes the address that DHCP assigned, or gives it up.
    fn configure(&mut self) {
        let assigned = match self.sockets.get_mut::<dhcpv4::Socket<'_>>(self.dhcp).poll() {
            None => return,
            Some(dhcpv4::Event::Configured(config)) => Some((config.address, config.router)),
            Some(dhcpv4::Event::Deconfigured) => None,
        };
        self.set_address(assigned);
    }

    fn set_address(&mut self, assigned: Option<(Ipv4Cidr, Option<Ipv4Address>)>) {
        self.interface.update_ip_addrs(|addresses| {
            addresses.retain(|address| matches!(address, IpCidr::Ipv6(_)));
            if let Some((address, _)) = assigned {
                // There is room for two.
                let _ = addresses.push(address.into());
            }
        });
        let routes = self.interface.routes_mut();
        routes.remove_default_ipv4_route();
        if let Some((_, Some(router))) = assigned {
            // There is room for one.
            let _ = routes.add_default_ipv4_route(router);
        }
    }
}
