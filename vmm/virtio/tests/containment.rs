//! Whatever descriptors say, a device writes only the buffers that they give it to write, and its
//! own rings.

use std::{cell::RefCell, collections::HashMap, ops::Range};

use cloister_device::{
    GuestMemory, HostMemory, HostRecord, OutOfRange, Recorder, SharedBytes, Width,
};
use cloister_virtio::{
    Environment, Progress,
    block::{BLOCK, Block, Overlay},
    console::Console,
    input::{Input, Kind},
    network::{HEAD, HEADER, Link, Network, RECORD, Sent},
    pci::{Bus, Layout, Window},
    queue::{Cursor, MAX_SEGMENTS, Malformed},
    random::{Entropy, Random},
    transport::{
        CHAINS, Device, EVENT_INDEX, INDIRECT_DESCRIPTORS, NOTIFY, QUEUES, VERSION_1, Virtio,
    },
};
use proptest::prelude::*;

const LAYOUT: Layout = Layout {
    ecam: 0xe000_0000,
    low: Window { base: 0xc000_0000, size: 0x1_0000 },
    high: Window { base: 0, size: 0 },
};
const REGISTERS: u64 = 0xc000_0000;
const ENTRIES: u16 = 16;
/// Each queue has a page for descriptors and one for each ring.
const QUEUE_STEP: u64 = 0x4000;
/// Where indirect tables are, behind them the buffers to read, then those to write, up to the end of
/// memory: what is to be written never covers anything else, however long it claims to be.
const TABLES: u64 = 0x1_0000;
const BUFFERS: u64 = 0x1_1000;
const WRITABLE: u64 = 0x1_4000;
const END: u64 = 0x2_0000;
/// How often the monitor lets the devices go on after that.
const CALLS: usize = 8;
/// How often the driver adds chains.
const ROUNDS: u16 = 4;

/// Memory that keeps what is written where, and how often each place is read.
struct Watched {
    memory: HostMemory,
    written: RefCell<Vec<Range<u64>>>,
    descriptors_read: RefCell<HashMap<u64, usize>>,
}

impl GuestMemory for Watched {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), OutOfRange> {
        if into.len() == 8 && address < BUFFERS {
            *self.descriptors_read.borrow_mut().entry(address).or_default() += 1;
        }
        self.memory.read(address, into)
    }

    fn write(&self, address: u64, from: &[u8]) -> Result<(), OutOfRange> {
        self.memory.write(address, from)?;
        self.written.borrow_mut().push(address..address + from.len() as u64);
        Ok(())
    }

    fn read_u16(&self, address: u64) -> Result<u16, OutOfRange> {
        self.memory.read_u16(address)
    }

    fn write_u16(&self, address: u64, value: u16) -> Result<(), OutOfRange> {
        self.memory.write_u16(address, value)?;
        self.written.borrow_mut().push(address..address + 2);
        Ok(())
    }
}

#[derive(Clone, Copy, Debug)]
struct Descriptor {
    address: u64,
    length: u32,
    flags: u16,
    next: u16,
}

/// A guest's queues and memory.
#[derive(Clone, Debug)]
struct Plan {
    tables: Vec<Descriptor>,
    rings: Vec<Vec<Descriptor>>,
    heads: Vec<u16>,
    ahead: u16,
    features: u64,
    content: Vec<u64>,
}

fn descriptor() -> impl Strategy<Value = Descriptor> {
    let flags = prop_oneof![
        3 => Just(0_u16),
        2 => Just(1),
        4 => Just(2),
        2 => Just(3),
        1 => 4_u16..8,
    ];
    let length = prop_oneof![
        4 => 0_u32..40,
        4 => Just(16_u32),
        2 => (0_u32..8).prop_map(|sectors| 512 * sectors),
        1 => any::<u32>(),
    ];
    let place = prop_oneof![9 => 0_u64..0x3000, 1 => 0xbff0_u64..0xc010, 1 => 0_u64..u64::MAX / 2];
    (flags, length, place, 0..ENTRIES + 1).prop_map(|(flags, length, place, next)| {
        // What is read as a table lies among the tables, so that no buffer changes it.
        let (address, length) = match flags {
            4.. => (TABLES + 256 * (place % 8), 16 * (length % 16)),
            2.. => (WRITABLE + place, length),
            _ => (BUFFERS + place, length),
        };
        Descriptor { address, length, flags, next }
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    let ring = prop::collection::vec(descriptor(), usize::from(ENTRIES));
    (
        prop::collection::vec(descriptor(), 128),
        prop::collection::vec(ring, 2),
        prop::collection::vec(0..ENTRIES, usize::from(ENTRIES)),
        prop_oneof![9 => 0..=ENTRIES, 1 => any::<u16>()],
        prop::sample::select(vec![0, EVENT_INDEX, EVENT_INDEX | INDIRECT_DESCRIPTORS]),
        prop::collection::vec(0_u64..12, 512),
    )
        .prop_map(|(tables, rings, heads, ahead, features, content)| Plan {
            tables,
            rings,
            heads,
            ahead,
            features,
            content,
        })
}

fn put(memory: &HostMemory, at: u64, descriptor: &Descriptor) {
    let rest = u64::from(descriptor.length)
        | u64::from(descriptor.flags) << 32
        | u64::from(descriptor.next) << 48;
    memory.write_u64(at, descriptor.address).unwrap();
    memory.write_u64(at + 8, rest).unwrap();
}

/// Runs a device over a plan and checks every write.
fn check<D: Device>(device: D, plan: &Plan, feed: impl Fn(&mut D)) {
    let memory = HostMemory::new(END as usize);
    for (index, word) in plan.content.iter().enumerate() {
        memory.write_u64(BUFFERS + 8 * index as u64, *word).unwrap();
    }
    let mut allowed: Vec<Range<u64>> = vec![];
    for (index, descriptor) in plan.tables.iter().enumerate() {
        put(&memory, TABLES + 16 * index as u64, descriptor);
    }
    for (queue, ring) in plan.rings.iter().enumerate() {
        let base = QUEUE_STEP * queue as u64;
        for (index, descriptor) in ring.iter().enumerate() {
            put(&memory, base + 16 * index as u64, descriptor);
        }
        for (index, head) in plan.heads.iter().enumerate() {
            memory.write_u16(base + 0x1004 + 2 * index as u64, *head).unwrap();
        }
        allowed.push(base + 0x2000..base + 0x2006 + 8 * u64::from(ENTRIES));
    }
    let all = plan.tables.iter().chain(plan.rings.iter().flatten());
    for descriptor in all.filter(|descriptor| descriptor.flags & 6 == 2) {
        let end = descriptor.address.saturating_add(descriptor.length.into());
        allowed.push(descriptor.address..end);
    }

    let memory =
        Watched { memory, written: RefCell::default(), descriptors_read: RefCell::default() };
    let mut recorder = Recorder::default();
    let mut environment = Environment { memory: &memory, interrupts: &mut recorder };
    let mut bus = Bus::<Virtio<D>, 1>::new(LAYOUT);
    bus.insert(0, Virtio::new(device)).unwrap();
    let mut write = |address, width, value| bus.write(address, width, value, &mut environment);
    let mut common = |field, width, value| {
        let _ = write(REGISTERS + field, width, value);
    };
    common(LAYOUT.ecam - REGISTERS + 4, Width::Two, 6);
    common(0x14, Width::One, 3);
    for half in 0..2 {
        common(0x08, Width::Four, half);
        common(0x0c, Width::Four, (plan.features | VERSION_1) >> (32 * half) & 0xffff_ffff);
    }
    common(0x14, Width::One, 11);
    for queue in 0..D::QUEUE_SIZES.len() as u64 {
        common(0x16, Width::Two, queue);
        common(0x18, Width::Two, ENTRIES.into());
        for (field, offset) in [(0x20, 0), (0x28, 0x1000), (0x30, 0x2000)] {
            common(field, Width::Eight, QUEUE_STEP * queue + offset);
        }
        common(0x1c, Width::Two, 1);
    }
    common(0x14, Width::One, 15);
    for round in 1..=ROUNDS {
        for queue in 0..D::QUEUE_SIZES.len() as u64 {
            let index = plan.ahead.wrapping_mul(round);
            memory.memory.write_u16(QUEUE_STEP * queue + 0x1002, index).unwrap();
            let _ = bus.write(REGISTERS + NOTIFY + 4 * queue, Width::Two, queue, &mut environment);
        }
        for _ in 0..CALLS {
            feed(bus.function(0).unwrap().device());
            if bus.process(&mut environment) == Progress::Done {
                break;
            }
        }
    }

    for written in memory.written.borrow().iter().filter(|written| !written.is_empty()) {
        let inside =
            allowed.iter().any(|range| range.start <= written.start && written.end <= range.end);
        assert!(inside, "{written:x?} is nobody's to write");
    }
    // Each time a chain is taken, each of its descriptors is read once: a loop is noticed at the limit.
    let taken = usize::from(ROUNDS) * (CALLS + 1) * CHAINS * QUEUES;
    for (place, reads) in memory.descriptors_read.borrow().iter() {
        assert!(*reads <= taken * (MAX_SEGMENTS + 1), "{place:#x} is read {reads} times");
    }
}

/// Carries everything away, and brings one frame again and again.
struct Wire {
    looked: HostRecord,
    room: Box<[u8; RECORD]>,
}

impl Link for Wire {
    fn send<M: GuestMemory + ?Sized>(
        &mut self,
        _: &mut [u8],
        rest: &Cursor<'_>,
        memory: &M,
    ) -> Result<Sent, Malformed> {
        rest.clone().read(memory, &mut self.room[..])?;
        Ok(Sent::Accepted)
    }

    fn look(&mut self, head: &mut [u8; HEAD]) -> Option<usize> {
        *head = [0xaa; HEAD];
        head[..HEADER].fill(0);
        let mut record = head.to_vec();
        record.resize(HEADER + 600, 0xaa);
        self.looked = HostRecord::new(&record);
        Some(record.len())
    }

    fn rest(&self) -> [SharedBytes<'_>; 2] {
        self.looked.behind(HEAD)
    }

    fn pass(&mut self) -> bool {
        true
    }

    fn take(&mut self) -> Option<usize> {
        None
    }

    fn room(&mut self) -> &mut [u8; RECORD] {
        &mut self.room
    }
}

struct Source;

impl Entropy for Source {
    fn fill(&mut self, into: &mut [u8]) -> usize {
        into.fill(0x55);
        into.len()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn devices_write_only_what_they_are_given(plan in plan()) {
        let base = vec![7; 6000];
        let (mut store, mut map) = (vec![[0; BLOCK]; 3], vec![0; 4]);
        let disk = Overlay::new(16 << 10, &base, &mut store, &mut map).unwrap();
        check(Block::new(disk, "serial"), &plan, |_| ());
        check(Random::new(Source), &plan, |_| ());
        let wire = Wire { looked: HostRecord::default(), room: Box::new([0; RECORD]) };
        check(Network::new(wire, [2, 0, 0, 0, 0, 1]), &plan, |_| ());
        check(Console::new(80, 25), &plan, |console| {
            console.put_input(b"some text that is typed");
            console.take_output(&mut [0; 512]);
        });
        check(Input::new(Kind::Keyboard), &plan, |input| {
            input.key(1, true);
            input.key(1, false);
            input.report();
        });
    }
}
