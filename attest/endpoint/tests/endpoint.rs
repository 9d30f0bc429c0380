//! The endpoint by itself, with a client on the other end of a wire.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use cloister_endpoint::{Endpoint, FRAME, Memory, Settings, Wire, link_local};
use cloister_evidence::exchange::{Answer, HEADER, MAX_REQUEST, Problem, Request};
use proptest::prelude::*;
use smoltcp::{
    iface::{Config, Interface, SocketSet, SocketStorage},
    phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken},
    socket::tcp,
    time::Instant,
    wire::{EthernetAddress, IpCidr},
};

const SERVER: [u8; 6] = [2, 0, 0, 0, 0, 1];
const CLIENT: [u8; 6] = [2, 0, 0, 0, 0, 2];
const PORT: u16 = 4433;

type Frames = Rc<RefCell<VecDeque<Vec<u8>>>>;

/// An end of a wire: what comes, what goes.
#[derive(Clone, Default)]
struct End {
    incoming: Frames,
    outgoing: Frames,
}

impl End {
    fn pair() -> (Self, Self) {
        let one = Self::default();
        let other = Self { incoming: one.outgoing.clone(), outgoing: one.incoming.clone() };
        (one, other)
    }
}

impl Wire for End {
    fn receive(&mut self, frame: &mut [u8; FRAME]) -> Option<usize> {
        let came = self.incoming.borrow_mut().pop_front()?;
        frame[..came.len()].copy_from_slice(&came);
        Some(came.len())
    }

    fn send(&mut self, frame: &[u8]) {
        self.outgoing.borrow_mut().push_back(frame.to_vec());
    }
}

struct Came(Vec<u8>);
struct Goes(Frames);

impl RxToken for Came {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, work: F) -> R {
        work(&self.0)
    }
}

impl TxToken for Goes {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, work: F) -> R {
        let mut frame = vec![0; length];
        let result = work(&mut frame);
        self.0.borrow_mut().push_back(frame);
        result
    }
}

impl Device for End {
    type RxToken<'a> = Came;
    type TxToken<'a> = Goes;

    fn receive(&mut self, _: Instant) -> Option<(Came, Goes)> {
        let frame = self.incoming.borrow_mut().pop_front()?;
        Some((Came(frame), Goes(self.outgoing.clone())))
    }

    fn transmit(&mut self, _: Instant) -> Option<Goes> {
        Some(Goes(self.outgoing.clone()))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        capabilities
    }
}

/// Both ends of a wire, and the time.
struct Network {
    endpoint: Endpoint<'static>,
    wire: End,
    client: End,
    interface: Interface,
    sockets: SocketSet<'static>,
    milliseconds: i64,
    answer: Vec<u8>,
    /// Requests, and things that were none.
    asked: (usize, usize),
}

impl Network {
    fn new() -> Self {
        let (mut wire, mut client) = End::pair();
        let memory = Box::leak(Box::new(Memory::new()));
        let settings = Settings { mac: SERVER, port: PORT, seed: 1 };
        let endpoint = Endpoint::new(settings, memory, &mut wire, 0);
        let config = Config::new(EthernetAddress(CLIENT).into());
        let mut interface = Interface::new(config, &mut client, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses.push(IpCidr::new(link_local(CLIENT).into(), 64)).unwrap();
        });
        let answer =
            Answer::Evidence(&vec![0x5a; 90_000]).write(&mut vec![0; 100_000]).unwrap().to_vec();
        let sockets = SocketSet::new(Vec::leak(vec![SocketStorage::EMPTY, SocketStorage::EMPTY]));
        Self { endpoint, wire, client, interface, sockets, milliseconds: 0, answer, asked: (0, 0) }
    }

    /// Lets time pass.
    fn step(&mut self) {
        self.milliseconds += 20;
        let Self { endpoint, wire, answer, asked, milliseconds, .. } = self;
        let refusal = Answer::Problem(Problem::BadRequest).write(&mut [0; 64]).unwrap().to_vec();
        endpoint.poll(wire, *milliseconds, |request| {
            let place = if request.is_ok() { &mut asked.0 } else { &mut asked.1 };
            *place += 1;
            if request.is_ok() { answer } else { &refusal }
        });
        let now = Instant::from_millis(self.milliseconds);
        self.interface.poll(now, &mut self.client, &mut self.sockets);
    }

    fn connect(&mut self, port: u16) -> smoltcp::iface::SocketHandle {
        let buffer = || tcp::SocketBuffer::new(Vec::leak(vec![0; 8192]));
        let handle = self.sockets.add(tcp::Socket::new(buffer(), buffer()));
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        let server = (link_local(SERVER), PORT);
        socket.connect(self.interface.context(), server, port).unwrap();
        handle
    }

    /// Sends `message`, and takes in what comes until the other side closes, or so many steps pass.
    fn exchange(&mut self, port: u16, message: &[u8], steps: usize) -> Vec<u8> {
        let handle = self.connect(port);
        let (mut sent, mut came) = (0, Vec::new());
        for _ in 0..steps {
            self.step();
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
            if socket.can_send() && sent < message.len() {
                sent += socket.send_slice(&message[sent..]).unwrap();
            }
            while socket.can_recv() {
                let _ = socket.recv(|bytes| {
                    came.extend_from_slice(bytes);
                    (bytes.len(), ())
                });
            }
            if !socket.may_recv() && sent > 0 {
                socket.close();
            }
            if !socket.is_open() {
                break;
            }
        }
        self.sockets.remove(handle);
        came
    }
}

fn challenge() -> Vec<u8> {
    let request = Request::Challenge { nonce: &[7; 32] };
    request.write(&mut [0; HEADER + MAX_REQUEST]).unwrap().to_vec()
}

#[test]
fn each_connection_has_one_request_answered() {
    let mut network = Network::new();
    for round in 0..3 {
        let came = network.exchange(50_000 + round, &challenge(), 2000);
        assert!(came == network.answer, "{} bytes came", came.len());
    }
    assert_eq!(network.asked, (3, 0));
}

#[test]
fn who_asks_again_at_once_is_answered_while_the_last_connection_closes() {
    let mut network = Network::new();
    let first = network.connect(50_000);
    network.step();
    network.step();
    // Both ends of the first connection, and the beginning of the second, come at once.
    network.sockets.get_mut::<tcp::Socket<'_>>(first).close();
    let now = Instant::from_millis(network.milliseconds);
    network.interface.poll(now, &mut network.client, &mut network.sockets);
    let came = network.exchange(50_001, &challenge(), 2000);
    assert!(came == network.answer, "{} bytes came", came.len());
}

#[test]
fn what_is_no_request_is_refused_and_the_next_one_answered() {
    let mut network = Network::new();
    let came = network.exchange(50_000, b"GET / HTTP/1.1\r\n\r\n", 2000);
    assert_eq!(Answer::parse(&came), Ok(Answer::Problem(Problem::BadRequest)));
    let came = network.exchange(50_001, &challenge(), 2000);
    assert!(came == network.answer);
    assert_eq!(network.asked, (1, 1));
}

#[test]
fn who_says_nothing_is_cut_off_so_that_others_can_ask() {
    let mut network = Network::new();
    // Connects, and sends half of a request: some forty seconds.
    let came = network.exchange(50_000, &challenge()[..20], 2000);
    assert_eq!(came, [0; 0]);
    let came = network.exchange(50_001, &challenge(), 2000);
    assert!(came == network.answer);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn noise_on_the_wire_ends_nothing(
        frames in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..200)), 1..40),
    ) {
        let mut network = Network::new();
        for (kind, mut frame) in frames {
            // Half of them are addressed to the endpoint and say what they carry.
            let mut head = SERVER.to_vec();
            head.extend(CLIENT);
            head.extend(match kind % 3 {
                0 => [0x08, 0x00],
                1 => [0x86, 0xdd],
                _ => [0x08, 0x06],
            });
            if kind & 0x80 != 0 {
                head.append(&mut frame);
                frame = head;
            }
            network.wire.incoming.borrow_mut().push_back(frame);
            network.step();
        }
        let came = network.exchange(50_000, &challenge(), 3000);
        prop_assert!(came == network.answer);
    }
}
