//! Requests, good and bad.

use std::vec;

use cloister_device::{GuestMemory, Raised, Width};

use super::*;
use crate::{
    queue::Malformed,
    testing::Guest,
    transport::{DRIVER_OK, EVENT_INDEX, NEEDS_RESET},
};

const HEADER: u64 = 0x10_0000;
const DATA: u64 = 0x11_0000;
const STATUS: u64 = 0x10_8000;
const DISK: u64 = 64 << 10;

/// A guest with a disk whose byte `n` of sector `s` is `s`, and behind 32 KiB zeros.
fn with_guest(test: impl FnOnce(Guest<Block<Overlay<'_>>>)) {
    let base: vec::Vec<u8> = (0..32 << 10).map(|byte: usize| (byte / 512) as u8).collect();
    let (mut store, mut map) = (vec![[0xee; BLOCK]; 2], vec![0; 16]);
    let disk = Overlay::new(DISK, &base, &mut store, &mut map).unwrap();
    test(Guest::started(Block::new(disk, "a serial number that is long"), EVENT_INDEX));
}

impl Guest<Block<Overlay<'_>>> {
    /// Carries out a request with one buffer of data, and returns status and length.
    fn request(&mut self, kind: u32, sector: u64, data: (u64, u32, bool)) -> (u8, u32) {
        self.memory.write_u64(HEADER, kind.into()).unwrap();
        self.memory.write_u64(HEADER + 8, sector).unwrap();
        self.memory.write(STATUS, &[0xff]).unwrap();
        let head = self.add(0, &[(HEADER, 16, false), data, (STATUS, 1, true)]);
        self.kick(0);
        let used = self.used(0);
        assert_eq!((used.len(), used[0].0), (1, head));
        (self.bytes(STATUS, 1)[0], used[0].1)
    }
}

#[test]
fn what_is_written_is_read_back() {
    with_guest(|mut guest| {
        assert_eq!(guest.configuration(0, Width::Eight), DISK / 512);
        assert_eq!(guest.request(0, 3, (DATA, 1024, true)), (0, 1025));
        assert_eq!(guest.bytes(DATA, 1024), [[3; 512], [4; 512]].concat());
        guest.memory.write(DATA, &[0xab; 512]).unwrap();
        assert_eq!(guest.request(1, 4, (DATA, 512, false)), (0, 1));
        assert_eq!(guest.request(0, 3, (DATA + 4096, 1536, true)), (0, 1537));
        assert_eq!(guest.bytes(DATA + 4096, 1536), [[3; 512], [0xab; 512], [5; 512]].concat());
        assert_eq!(guest.request(4, 0, (DATA, 0, false)), (0, 1));
    });
}

#[test]
fn behind_the_base_there_are_zeros() {
    with_guest(|mut guest| {
        guest.memory.write(DATA, &[0xcc; 1024]).unwrap();
        assert_eq!(guest.request(0, 127, (DATA, 1024, true)).0, 1, "runs out of the disk");
        assert_eq!(guest.bytes(DATA, 1024), [0xcc; 1024], "nothing of it is done");
        assert_eq!(guest.request(0, 63, (DATA, 1024, true)), (0, 1025));
        assert_eq!(guest.bytes(DATA, 1024), [[63; 512], [0; 512]].concat());
    });
}

#[test]
fn the_serial_number_is_cut() {
    with_guest(|mut guest| {
        assert_eq!(guest.request(8, 0, (DATA, 20, true)), (0, 21));
        assert_eq!(guest.bytes(DATA, 20), b"a serial number that");
    });
}

#[test]
fn bad_requests_have_a_status() {
    with_guest(|mut guest| {
        assert_eq!(guest.request(11, 0, (DATA, 512, false)).0, 2, "discard is not supported");
        assert_eq!(guest.request(0, 0, (DATA, 100, true)).0, 1, "no whole sector");
        assert_eq!(guest.request(0, u64::MAX, (DATA, 512, true)).0, 1);
        assert_eq!(guest.request(1, u64::MAX / 512, (DATA, 512, false)).0, 1);
        assert_eq!(guest.request(0, 0, (DATA, 1 << 31, true)).0, 1, "longer than allowed");
        assert_eq!(guest.status() & u64::from(NEEDS_RESET), 0);
    });
}

#[test]
fn a_full_store_fails_the_request_only() {
    with_guest(|mut guest| {
        assert_eq!(guest.request(1, 0, (DATA, 8192, false)).0, 0);
        assert_eq!(guest.request(1, 32, (DATA, 512, false)).0, 1);
        assert_eq!(guest.request(0, 0, (DATA, 512, true)).0, 0);
    });
}

#[test]
fn without_room_for_a_status_the_device_stops() {
    with_guest(|mut guest| {
        guest.add(0, &[(HEADER, 16, false)]);
        guest.kick(0);
        assert_eq!(guest.status() & 0x4f, u64::from(NEEDS_RESET | 15));
        let function = guest.bus.function(1).unwrap();
        assert_eq!((function.take_fault(), function.take_fault()), (Some(Malformed::Room), None));
        assert_eq!(guest.raised(), [Raised::Line(17, true)], "the driver is told");
        guest.common(0x14, Width::One, 0);
        assert_eq!((guest.status(), guest.raised()), (0, vec![Raised::Line(17, false)]));
    });
}

#[test]
fn a_buffer_outside_memory_stops_the_device_and_leaks_nothing() {
    with_guest(|mut guest| {
        guest.memory.write_u64(HEADER, 1).unwrap();
        guest.memory.write_u64(HEADER + 8, 0).unwrap();
        guest.add(0, &[(HEADER, 16, false), (1 << 40, 4096, false), (STATUS, 1, true)]);
        guest.kick(0);
        assert_ne!(guest.status() & u64::from(NEEDS_RESET), 0);
        let block = guest.device().disk().read(0, 4096).unwrap();
        assert_eq!(block, Run::Bytes(&[0; 4096]), "not what the store held before");
    });
}

#[test]
fn many_requests_take_many_calls() {
    with_guest(|mut guest| {
        guest.memory.write_u64(HEADER, 0).unwrap();
        guest.memory.write_u64(HEADER + 8, 0).unwrap();
        for _ in 0..5 {
            guest.add(0, &[(HEADER, 16, false), (DATA, DISK as u32, true), (STATUS, 1, true)]);
        }
        let more = guest.write(crate::testing::REGISTERS + 0x3000, Width::Two, 0);
        assert_eq!(more, crate::Progress::More);
        assert_eq!(guest.used(0).len(), 4, "256 KiB");
        guest.process();
        assert_eq!(guest.used(0).len(), 1);
        assert_ne!(guest.status() & u64::from(DRIVER_OK), 0);
    });
}
