//! The server: the network stack on one adapter, and a few connections.

use cloister_bare::instructions::halt;
use cloister_bare::timer::Timer;
use cloister_bare::{io_apic, say};
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::socket::tcp::{Socket, SocketBuffer};
use smoltcp::time::Duration;
use smoltcp::wire::HardwareAddress;

use crate::adapter::Adapter;
use crate::address::{Assignment, link_local};
use crate::clock::Clock;
use crate::connection::{Connection, HEAD_BYTES};
use crate::identity::Identity;
use crate::page::{ANSWER_BYTES, Facts};

/// Connections at a time; further clients are refused.
const CONNECTIONS: usize = 4;
/// The longest time without a look at the clock.
const REST: Duration = Duration::from_secs(1);

/// Serves for ever.
pub fn run(
    adapter: &mut Adapter<'_>,
    identity: &Identity,
    assignment: Option<Assignment<'_>>,
    clock: Clock,
    timer: Timer,
) -> ! {
    let ethernet = adapter.address();
    let mut configuration = Config::new(HardwareAddress::Ethernet(ethernet));
    // Sequence numbers and ports are not to be the same at each start.
    configuration.random_seed = cloister_bare::instructions::now();
    let mut interface = Interface::new(configuration, adapter, clock.now());
    interface.update_ip_addrs(|addresses| {
        let given = assignment.map(|assignment| assignment.address);
        for address in given.into_iter().chain([link_local(ethernet)]) {
            say!("network: serves http at {}", address.address());
            // There is room for two.
            let _ = addresses.push(address);
        }
    });

    let mut heads = [[0; HEAD_BYTES]; CONNECTIONS];
    let mut answers = [[0; ANSWER_BYTES]; CONNECTIONS];
    let mut storage = [const { SocketStorage::EMPTY }; CONNECTIONS];
    let mut sockets = SocketSet::new(&mut storage[..]);
    let mut connections = [Connection::default(); CONNECTIONS];
    let handles = heads.iter_mut().zip(&mut answers).map(|(head, answer)| {
        let (head, answer) = (SocketBuffer::new(&mut head[..]), SocketBuffer::new(&mut answer[..]));
        sockets.add(Socket::new(head, answer))
    });
    let handles: heapless::Vec<_, CONNECTIONS> = handles.collect();
    let mut requests = 0;
    loop {
        adapter.acknowledge();
        let now = clock.now();
        interface.poll(now, adapter, &mut sockets);
        let uptime = now.total_millis().unsigned_abs() / 1000;
        let mut facts = Facts { identity, uptime, requests };
        for (connection, handle) in connections.iter_mut().zip(&handles) {
            connection.serve(sockets.get_mut(*handle), now, &mut facts);
        }
        requests = facts.requests;
        let next = interface.poll_at(now, &sockets);
        let deadlines = connections.iter().filter_map(Connection::deadline).chain(next);
        let delay = deadlines
            .min()
            .map_or(REST, |instant| if instant > now { instant - now } else { Duration::ZERO });
        if delay > Duration::ZERO {
            timer.arm(clock.ticks(delay.min(REST)));
            io_apic::open();
            halt();
        }
    }
}
