//! Each device does what its driver asks.

use std::collections::VecDeque;

use cloister_device::{GuestMemory, HostRecord, SharedBytes};
use cloister_virtio::{
    block::{BLOCK, Block, Overlay},
    console::Console,
    input::{Axis, Input, Kind},
    network::{HEAD, HEADER, Link, Network, RECORD, Sent},
    queue::{Cursor, Malformed},
    random::{Entropy, Random},
};
use virtio_drivers::{
    Error,
    device::{
        blk::VirtIOBlk, console::VirtIOConsole, input::VirtIOInput, net::VirtIONet, rng::VirtIORng,
    },
};

use crate::{arena::Driver, bus::Machine, transport::PciTransport};

#[test]
fn a_disk_keeps_what_is_written() {
    let base: Vec<u8> = (0..64 * 512).map(|byte: usize| (byte / 512) as u8).collect();
    let (mut store, mut map) = (vec![[0; BLOCK]; 32], vec![0; 32]);
    let overlay = Overlay::new(128 << 10, &base, &mut store, &mut map).unwrap();
    let machine = Machine::new(Block::new(overlay, "disk 1"));
    let mut driver = VirtIOBlk::<Driver, _>::new(PciTransport::new(&machine)).unwrap();
    assert_eq!((driver.capacity(), driver.readonly()), (256, false));

    let mut id = [0; 20];
    driver.device_id(&mut id).unwrap();
    assert_eq!(&id[..7], b"disk 1\0");

    let mut read = vec![0xff; 4 * 512];
    driver.read_blocks(62, &mut read).unwrap();
    assert_eq!(read, [[62; 512], [63; 512], [0; 512], [0; 512]].concat());
    for round in 0..200_usize {
        let sector = round * 7 % 250;
        let written = vec![round as u8; 512 * (1 + round % 5)];
        driver.write_blocks(sector, &written).unwrap();
        let mut read = vec![0xff; written.len()];
        driver.read_blocks(sector, &mut read).unwrap();
        assert_eq!(read, written);
    }
    driver.flush().unwrap();
    assert_eq!(driver.write_blocks(256, &[0; 512]), Err(Error::IoError));
    assert!(!driver.ack_interrupt().is_empty());
    drop(driver);

    // The next driver finds what the last one wrote.
    let mut driver = VirtIOBlk::<Driver, _>::new(PciTransport::new(&machine)).unwrap();
    driver.read_blocks(199 * 7 % 250, &mut read).unwrap();
    assert_eq!(read, [199; 4 * 512]);
    machine.with(|block| block.disk().forget());
    driver.read_blocks(0, &mut read[..512]).unwrap();
    assert_eq!(read[..512], [0; 512]);
}

/// A link whose frames come back, in reverse.
struct Mirror {
    records: VecDeque<Vec<u8>>,
    looked: HostRecord,
    room: Box<[u8; RECORD]>,
}

impl Link for Mirror {
    fn send<M: GuestMemory + ?Sized>(
        &mut self,
        head: &mut [u8],
        rest: &Cursor<'_>,
        memory: &M,
    ) -> Result<Sent, Malformed> {
        let mut record = head.to_vec();
        record.resize(head.len() + rest.remaining() as usize, 0);
        rest.clone().read(memory, &mut record[head.len()..])?;
        record[HEADER..].reverse();
        self.records.push_back(record);
        Ok(Sent::Accepted)
    }

    fn look(&mut self, head: &mut [u8; HEAD]) -> Option<usize> {
        let record = self.records.front()?;
        Some(self.looked.show(record, head))
    }

    fn rest(&self) -> [SharedBytes<'_>; 2] {
        self.looked.behind(HEAD)
    }

    fn pass(&mut self) -> bool {
        self.records.pop_front().is_some()
    }

    fn take(&mut self) -> Option<usize> {
        let record = self.records.pop_front()?;
        self.room[..record.len()].copy_from_slice(&record);
        Some(record.len())
    }

    fn room(&mut self) -> &mut [u8; RECORD] {
        &mut self.room
    }
}

#[test]
fn a_link_carries_frames_both_ways() {
    let address = [2, 0, 0, 0, 0, 9];
    let (looked, room) = (HostRecord::default(), Box::new([0; RECORD]));
    let mirror = Mirror { records: VecDeque::new(), looked, room };
    let machine = Machine::new(Network::new(mirror, address));
    let transport = PciTransport::new(&machine);
    let mut driver = VirtIONet::<Driver, _, 16>::new(transport, 2048).unwrap();
    assert_eq!(driver.mac_address(), address);
    for round in 0..100_usize {
        let frame: Vec<u8> = (0..60 + round * 14).map(|byte| (byte * round) as u8).collect();
        let mut buffer = driver.new_tx_buffer(frame.len());
        buffer.packet_mut().copy_from_slice(&frame);
        driver.send(buffer).unwrap();
        machine.with(|_| ());
        let received = driver.receive().unwrap();
        assert!(received.packet().iter().eq(frame.iter().rev()), "round {round}");
        driver.recycle_rx_buffer(received).unwrap();
    }
    assert!(!driver.can_recv());
    let counters = machine.with(|network| *network.counters());
    assert_eq!((counters.sent, counters.received), (100, 100));
    assert_eq!((counters.send_dropped, counters.receive_dropped), (0, 0));
}

#[test]
fn a_console_talks_both_ways() {
    let machine = Machine::new(Console::new(132, 43));
    let transport = PciTransport::new(&machine);
    let mut driver = VirtIOConsole::<Driver, _>::new(transport).unwrap();
    let size = driver.size().unwrap().unwrap();
    assert_eq!((size.columns, size.rows), (132, 43));
    let mut output = [0; 4096];
    for length in [1, 7, 500, 4096] {
        let text: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
        driver.send_bytes(&text).unwrap();
        let taken = machine.with(|console| console.take_output(&mut output));
        assert_eq!(output[..taken], text);
    }
    for key in b"typed".repeat(60) {
        assert_eq!(driver.recv(true), Ok(None));
        assert_eq!(machine.with(|console| console.put_input(&[key])), 1);
        driver.ack_interrupt().unwrap();
        assert_eq!(driver.recv(true), Ok(Some(key)));
    }
}

/// Bytes that count up.
struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, into: &mut [u8]) -> usize {
        for byte in &mut *into {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        into.len()
    }
}

#[test]
fn randomness_is_handed_out() {
    let machine = Machine::new(Random::new(Counting(0)));
    let mut driver = VirtIORng::<Driver, _>::new(PciTransport::new(&machine)).unwrap();
    let mut bytes = [0; 200];
    for round in 0..50_u8 {
        let length = driver.request_entropy(&mut bytes).unwrap();
        assert_eq!(length, 64, "a part; the driver asks again");
        assert_eq!(bytes[0], round.wrapping_mul(64).wrapping_add(1));
    }
    assert_eq!(driver.request_entropy(&mut bytes[..3]), Ok(3));
}

#[test]
fn keys_and_movement_arrive() {
    let machine = Machine::new(Input::new(Kind::Tablet));
    let mut driver = VirtIOInput::<Driver, _>::new(PciTransport::new(&machine)).unwrap();
    assert_eq!(driver.name().unwrap(), "Cloister virtual tablet");
    assert_eq!(driver.ids().unwrap().product, 3);
    assert_eq!(driver.serial_number().unwrap(), "");
    assert_eq!(driver.ev_bits(3).unwrap()[..], [3]);
    assert_eq!(driver.abs_info(1).unwrap().max, 0x7fff);
    for round in 0..100 {
        machine.with(|input| {
            input.absolute(Axis::X, round);
            input.key(0x110, round % 2 == 0);
            input.report();
        });
        let events: Vec<_> = std::iter::from_fn(|| driver.pop_pending_event())
            .map(|event| (event.event_type, event.code, event.value))
            .collect();
        assert_eq!(events, [(3, 0, round), (1, 0x110, (round + 1) % 2), (0, 0, 0)]);
    }
    assert!(machine.interrupts() > 0);
}
