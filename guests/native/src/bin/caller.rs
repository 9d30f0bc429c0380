//! The driver of a network on which nobody is but this program: it calls the attester by TCP, asks for
//! evidence, and writes the answer into the log. For tests.

#![no_std]
#![no_main]

use core::arch::x86_64::_rdtsc;

use cloister_endpoint::{FRAME, Polled, RingWire, Wire, link_local};
use cloister_native::challenge::{CHALLENGE, log_answer};
use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{Channel, component, stop, wait};
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr};
use spin::{Mutex, MutexGuard};

/// This end's Ethernet address.
const OWN: [u8; 6] = [2, 0, 0, 0, 0, 2];
/// The attester's port, as the policy says.
const PORT: u16 = 4433;

static ANSWER: Mutex<[u8; 1 << 18]> = Mutex::new([0; 1 << 18]);
static BUFFERS: Mutex<([u8; 8192], [u8; 1024])> = Mutex::new(([0; 8192], [0; 1024]));

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let named = |ending| Channel::all(info).find(|channel| channel.name().ends_with(ending));
    let ends =
        named(":out").and_then(|it| it.reader()).zip(named(":in").and_then(|it| it.writer()));
    let Some((incoming, outgoing)) = ends else { stop(1) };
    let mut wire = RingWire::new(incoming, outgoing);
    let attester = first_sender(&mut wire);

    let mut interface = Interface::new(
        Config::new(EthernetAddress(OWN).into()),
        &mut Polled::new(&mut wire),
        now(info),
    );
    interface.update_ip_addrs(|addresses| {
        let _ = addresses.push(IpCidr::new(link_local(OWN).into(), 64));
    });
    let (requests, answers) = {
        let (answers, requests) = MutexGuard::leak(BUFFERS.lock());
        (tcp::SocketBuffer::new(&mut requests[..]), tcp::SocketBuffer::new(&mut answers[..]))
    };
    let mut storage = [SocketStorage::EMPTY];
    let mut sockets = SocketSet::new(&mut storage[..]);
    let handle = sockets.add(tcp::Socket::new(answers, requests));
    let socket = sockets.get_mut::<tcp::Socket<'_>>(handle);
    if socket.connect(interface.context(), (link_local(attester), PORT), 50_000).is_err() {
        stop(2);
    }
    let mut answer = ANSWER.lock();
    let (mut sent, mut length) = (false, 0);
    loop {
        interface.poll(now(info), &mut Polled::new(&mut wire), &mut sockets);
        let socket = sockets.get_mut::<tcp::Socket<'_>>(handle);
        if socket.can_send() && !sent {
            sent = socket.send_slice(&CHALLENGE) == Ok(CHALLENGE.len());
        }
        while socket.can_recv() {
            let room = answer.get_mut(length..).unwrap_or_default();
            length += socket.recv_slice(room).unwrap_or(0);
        }
        if sent && !socket.may_recv() {
            socket.close();
            break;
        }
        wait(FRAME_EVENT);
    }
    log_answer(answer.get(..length).unwrap_or_default());
    loop {
        wait(FRAME_EVENT);
    }
}

/// The Ethernet address of who sends first: the attester asks for an address by DHCP.
fn first_sender(wire: &mut impl Wire) -> [u8; 6] {
    let mut frame = [0; FRAME];
    loop {
        match wire.receive(&mut frame) {
            Some(length) if length > 12 => {
                let mut address = [0; 6];
                address.copy_from_slice(frame.get(6..12).unwrap_or(&[0; 6]));
                return address;
            }
            Some(_) => {}
            None => drop(wait(FRAME_EVENT)),
        }
    }
}

/// The time since the machine was started.
fn now(info: &InfoPage) -> Instant {
    // SAFETY: the counter can be read everywhere.
    let ticks = unsafe { _rdtsc() };
    Instant::from_millis((ticks / (info.ticks_per_second / 1000).max(1)) as i64)
}
