//! The rings, under well-behaved and hostile drivers.

use std::cell::RefCell;
use std::vec::Vec;

use cloister_device::{GuestMemory, HostMemory, OutOfRange};

use super::*;

const DESCRIPTORS: u64 = 0x1000;
const AVAILABLE: u64 = 0x2000;
const USED: u64 = 0x3000;
const SIZE: u16 = 8;
const NEXT: u16 = 1;
const WRITE: u16 = 2;
const INDIRECT: u16 = 4;

fn queue(event_index: bool) -> (Queue, HostMemory, Chain) {
    let mut queue = Queue::new(256);
    queue.set_size(SIZE);
    queue.set_areas([DESCRIPTORS, AVAILABLE, USED]);
    queue.enable(event_index, true).unwrap();
    (queue, HostMemory::new(0x1_0000), Chain::new())
}

fn descriptor(memory: &HostMemory, at: u64, what: (u64, u32, u16, u16)) {
    let (address, length, flags, next) = what;
    memory.write_u64(at, address).unwrap();
    let rest = u64::from(length) | u64::from(flags) << 32 | u64::from(next) << 48;
    memory.write_u64(at + 8, rest).unwrap();
}

fn offer(memory: &HostMemory, index: u16, head: u16) {
    memory.write_u16(AVAILABLE + 4 + 2 * u64::from(index % SIZE), head).unwrap();
    memory.write_u16(AVAILABLE + 2, index.wrapping_add(1)).unwrap();
}

fn collect(descriptors: &[(u64, u32, u16, u16)]) -> Result<Chain, Malformed> {
    let (mut queue, memory, mut chain) = queue(false);
    for (index, &what) in descriptors.iter().enumerate() {
        descriptor(&memory, DESCRIPTORS + 16 * index as u64, what);
    }
    offer(&memory, 0, 0);
    queue.pop(&memory, &mut chain).map(|_| chain)
}

#[test]
fn a_chain_is_read_in_order() {
    let chain = collect(&[(0x100, 10, NEXT, 2), (0, 0, 0, 0), (0x200, 20, WRITE, 0)]).unwrap();
    assert_eq!((chain.head(), chain.readable_length(), chain.writable_length()), (0, 10, 20));
    assert_eq!(chain.readable().take(99), Some(Segment { address: 0x100, length: 10 }));
    assert_eq!(chain.writable().take(5), Some(Segment { address: 0x200, length: 5 }));
}

#[test]
fn broken_chains_are_told_apart() {
    let malformed = |descriptors: &[_]| collect(descriptors).err();
    assert_eq!(malformed(&[(0, 1, NEXT, 8)]), Some(Malformed::Descriptor));
    assert_eq!(malformed(&[(0, 1, NEXT, 0)]), Some(Malformed::Chain), "a loop");
    assert_eq!(malformed(&[(0, 1, NEXT, 1), (0, 1, NEXT, 0)]), Some(Malformed::Chain));
    assert_eq!(malformed(&[(0, 1, WRITE | NEXT, 1), (0, 1, 0, 0)]), Some(Malformed::Order));
    assert_eq!(malformed(&[(u64::MAX, 2, 0, 0)]), Some(Malformed::Address));
    assert_eq!(malformed(&[(0, u32::MAX, NEXT, 1), (0, 1, 0, 0)]), Some(Malformed::Length));
    assert_eq!(malformed(&[(0x5000, 16, INDIRECT | NEXT, 1)]), Some(Malformed::Indirect));
    assert_eq!(malformed(&[(0x5000, 15, INDIRECT, 0)]), Some(Malformed::Indirect));
    assert_eq!(malformed(&[(0x5000, 0, INDIRECT, 0)]), Some(Malformed::Indirect));
    assert_eq!(malformed(&[(u64::MAX - 15, 32, INDIRECT, 0)]), Some(Malformed::Address));
    assert_eq!(malformed(&[(0xffff_0000, 16, INDIRECT, 0)]), Some(Malformed::Address));
    // The table is the first descriptor itself, which is indirect.
    assert_eq!(malformed(&[(DESCRIPTORS, 16, INDIRECT, 0)]), Some(Malformed::Indirect));
}

#[test]
fn an_indirect_table_may_follow_descriptors() {
    let (mut queue, memory, mut chain) = queue(false);
    descriptor(&memory, DESCRIPTORS, (0x100, 1, NEXT, 1));
    descriptor(&memory, DESCRIPTORS + 16, (0x5000, 48, INDIRECT | WRITE, 7));
    descriptor(&memory, 0x5000, (0x200, 2, NEXT, 2));
    descriptor(&memory, 0x5020, (0x300, 3, WRITE, 0));
    offer(&memory, 0, 0);
    assert_eq!(queue.pop(&memory, &mut chain), Ok(true));
    assert_eq!((chain.readable_length(), chain.writable_length()), (3, 3));
    descriptor(&memory, 0x5000, (0x200, 2, NEXT, 3));
    offer(&memory, 1, 0);
    assert_eq!(queue.pop(&memory, &mut chain), Err(Malformed::Descriptor), "beyond the table");
}

#[test]
fn an_indirect_table_has_to_be_negotiated() {
    let (_, memory, mut chain) = queue(false);
    let mut queue = Queue::new(8);
    queue.set_areas([DESCRIPTORS, AVAILABLE, USED]);
    queue.enable(true, false).unwrap();
    descriptor(&memory, DESCRIPTORS, (0x5000, 16, INDIRECT, 0));
    offer(&memory, 0, 0);
    assert_eq!(queue.pop(&memory, &mut chain), Err(Malformed::Indirect));
}

#[test]
fn a_chain_as_long_as_allowed_is_taken() {
    let (mut queue, memory, mut chain) = queue(false);
    let count = MAX_SEGMENTS as u64;
    descriptor(&memory, DESCRIPTORS, (0x5000, 16 * (count as u32 + 1), INDIRECT, 0));
    for index in 0..=count {
        descriptor(&memory, 0x5000 + 16 * index, (0x100, 1, NEXT, index as u16 + 1));
    }
    offer(&memory, 0, 0);
    assert_eq!(queue.pop(&memory, &mut chain), Err(Malformed::Chain));
    descriptor(&memory, 0x5000 + 16 * (count - 1), (0x100, 1, 0, 0));
    offer(&memory, 1, 0);
    assert_eq!(queue.pop(&memory, &mut chain), Ok(true));
    assert_eq!(chain.readable_length(), count as u32);
}

#[test]
fn an_index_beyond_the_queue_is_refused() {
    let (mut queue, memory, mut chain) = queue(false);
    memory.write_u16(AVAILABLE + 2, SIZE).unwrap();
    assert_eq!(queue.is_ready(&memory), Ok(true));
    memory.write_u16(AVAILABLE + 2, SIZE + 1).unwrap();
    for _ in 0..SIZE {
        assert_eq!(queue.pop(&memory, &mut chain), Ok(true));
    }
    memory.write_u16(AVAILABLE + 2, 7).unwrap();
    assert_eq!(queue.pop(&memory, &mut chain), Err(Malformed::Index), "backwards");
}

#[test]
fn areas_and_sizes_are_checked() {
    let enable = |size, areas| {
        let mut queue = Queue::new(64);
        queue.set_size(size);
        queue.set_areas(areas);
        queue.enable(false, false).err()
    };
    assert_eq!(enable(64, [0x10, 0x2, 0x4]), None);
    for size in [0, 3, 128, 0xffff] {
        assert_eq!(enable(size, [0; 3]), Some(Malformed::Size));
    }
    for areas in [[8, 0, 0], [0, 1, 0], [0, 0, 2], [u64::MAX - 15, 0, 0], [0, 0, u64::MAX - 3]] {
        assert_eq!(enable(64, areas), Some(Malformed::Area));
    }
}

#[test]
fn a_queue_does_not_change_while_it_is_on() {
    let (mut queue, _, _) = queue(false);
    queue.set_size(4);
    queue.set_areas([0; 3]);
    assert_eq!((queue.size(), queue.areas()), (SIZE, [DESCRIPTORS, AVAILABLE, USED]));
    queue.reset();
    assert_eq!((queue.size(), queue.areas(), queue.is_enabled()), (256, [0; 3], false));
}

#[test]
fn interrupts_are_asked_for_by_flag() {
    let (mut queue, memory, _) = queue(false);
    assert_eq!(queue.must_interrupt(&memory), Ok(false), "nothing came back");
    queue.push(&memory, 3, 9).unwrap();
    assert_eq!(memory.read_u64(USED + 4), Ok(3 | 9 << 32));
    assert_eq!(
        (queue.must_interrupt(&memory), queue.must_interrupt(&memory)),
        (Ok(true), Ok(false))
    );
    memory.write_u16(AVAILABLE, 1).unwrap();
    queue.push(&memory, 3, 9).unwrap();
    assert_eq!(queue.must_interrupt(&memory), Ok(false));
}

#[test]
fn interrupts_are_asked_for_by_index() {
    let used_event = AVAILABLE + 4 + 2 * u64::from(SIZE);
    // The driver's wish, and at which of the following calls (of three chains each) it comes true.
    for (event, expected) in
        [(0, [true, false]), (2, [true, false]), (3, [false, true]), (5, [false, true])]
    {
        let (mut queue, memory, _) = queue(true);
        memory.write_u16(used_event, event).unwrap();
        for expected in expected {
            for head in 0..3 {
                queue.push(&memory, head, 0).unwrap();
            }
            assert_eq!(queue.must_interrupt(&memory), Ok(expected), "event {event}");
        }
    }
}

#[test]
fn indices_wrap_around() {
    let (mut queue, memory, mut chain) = queue(true);
    for index in 0..=0x1_0005_u32 {
        offer(&memory, index as u16, 2);
        assert_eq!(queue.pop(&memory, &mut chain), Ok(true));
        queue.push(&memory, 2, 0).unwrap();
        memory.write_u16(AVAILABLE + 4 + 2 * u64::from(SIZE), index as u16).unwrap();
        assert_eq!(queue.must_interrupt(&memory), Ok(true));
    }
    assert_eq!(memory.read_u16(USED + 2), Ok(6));
}

#[test]
fn an_empty_queue_asks_for_a_kick() {
    let (mut queue, memory, mut chain) = queue(true);
    let available_event = USED + 4 + 8 * u64::from(SIZE);
    memory.write_u16(available_event, 0xaaaa).unwrap();
    offer(&memory, 0, 0);
    assert_eq!(queue.pop(&memory, &mut chain), Ok(true));
    assert_eq!(memory.read_u16(available_event), Ok(0xaaaa), "not while there is more to take");
    assert_eq!(queue.pop(&memory, &mut chain), Ok(false));
    assert_eq!(memory.read_u16(available_event), Ok(1));
}

/// Memory that notes what is read.
struct Noting(HostMemory, RefCell<Vec<(u64, usize)>>);

impl GuestMemory for Noting {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), OutOfRange> {
        self.1.borrow_mut().push((address, into.len()));
        self.0.read(address, into)
    }

    fn write(&self, address: u64, from: &[u8]) -> Result<(), OutOfRange> {
        self.0.write(address, from)
    }

    fn read_u16(&self, address: u64) -> Result<u16, OutOfRange> {
        self.1.borrow_mut().push((address, 2));
        self.0.read_u16(address)
    }

    fn write_u16(&self, address: u64, value: u16) -> Result<(), OutOfRange> {
        self.0.write_u16(address, value)
    }
}

#[test]
fn each_field_is_read_once() {
    let (mut queue, memory, mut chain) = queue(true);
    descriptor(&memory, DESCRIPTORS, (0x100, 1, NEXT, 1));
    descriptor(&memory, DESCRIPTORS + 16, (0x5000, 16, INDIRECT, 0));
    descriptor(&memory, 0x5000, (0x200, 2, WRITE, 0));
    offer(&memory, 0, 0);
    let memory = Noting(memory, RefCell::default());
    assert_eq!(queue.pop(&memory, &mut chain), Ok(true));
    let expected = [
        (AVAILABLE + 2, 2),
        (AVAILABLE + 4, 2),
        (DESCRIPTORS, 8),
        (DESCRIPTORS + 8, 8),
        (DESCRIPTORS + 16, 8),
        (DESCRIPTORS + 24, 8),
        (0x5000, 8),
        (0x5008, 8),
    ];
    assert_eq!(memory.1.into_inner(), expected);
}
