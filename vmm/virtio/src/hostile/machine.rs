//! A bus with a device of each kind, and what a well-behaved guest does with them.

use std::{boxed::Box, vec, vec::Vec};

use cloister_device::{GuestMemory, HostRecord, Recorder, SharedBytes, Width};

use super::memory::Counting;
use crate::{
    Environment, Peripheral, Progress,
    block::{BLOCK, Block, Overlay},
    channel::{Bell, Channel, End},
    console::Console,
    input::{Input, Kind},
    network::{HEAD, Link, Network, RECORD, Sent},
    pci::{Bus, HostBridge, Layout, Window},
    queue::{Cursor, Malformed},
    random::{Entropy, Random},
    transport::{DRIVER_OK, EVENT_INDEX, INDIRECT_DESCRIPTORS, NOTIFY, VERSION_1, Virtio},
};

/// Slots in use.
pub(super) const SLOTS: u64 = 8;
/// Slots of virtio devices, first and last.
pub(super) const FIRST: u64 = 1;
pub(super) const LAST: u64 = 6;
const RANDOM: u64 = 4;
/// Bytes of guest memory.
pub(super) const MEMORY: u64 = 0x8_0000;
/// Entries of the queues that a well-behaved guest sets up.
pub(super) const ENTRIES: u16 = 16;

pub(super) const LAYOUT: Layout = Layout {
    ecam: 0xe000_0000,
    low: Window { base: 0xc000_0000, size: 0x10_0000 },
    high: Window { base: 0x80_0000_0000, size: 1 << 30 },
};

/// Bytes between the first registers of two virtio devices.
const STEP: u64 = 0x8000;

/// Where the registers of a slot's function are at first.
pub(super) const fn registers(slot: u64) -> u64 {
    LAYOUT.low.base + (slot - FIRST) * STEP
}

/// Where the configuration space of a slot is.
pub(super) const fn configuration(slot: u64) -> u64 {
    LAYOUT.ecam + (slot << 15)
}

/// Where a queue of a slot is, as a well-behaved guest sets it up.
pub(super) const fn area(slot: u64, queue: u64) -> u64 {
    0x1000 * (1 + 4 * slot + 2 * queue)
}

/// A link that gives back what it gets, and refuses it now and then.
pub(super) struct Wire {
    pub(super) frames: Vec<Vec<u8>>,
    turns: u32,
    looked: HostRecord,
    room: Box<[u8; RECORD]>,
}

impl Default for Wire {
    fn default() -> Self {
        let (looked, room) = (HostRecord::default(), Box::new([0; RECORD]));
        Self { frames: Vec::new(), turns: 0, looked, room }
    }
}

impl Link for Wire {
    fn send<M: GuestMemory + ?Sized>(
        &mut self,
        head: &mut [u8],
        rest: &Cursor<'_>,
        memory: &M,
    ) -> Result<Sent, Malformed> {
        self.turns = self.turns.wrapping_add(1);
        if self.turns.is_multiple_of(5) || self.frames.len() >= 8 {
            return Ok(Sent::Refused);
        }
        let mut record = head.to_vec();
        record.resize(head.len() + rest.remaining() as usize, 0);
        rest.clone().read(memory, &mut record[head.len()..])?;
        self.frames.push(record);
        Ok(Sent::Accepted)
    }

    fn look(&mut self, head: &mut [u8; HEAD]) -> Option<usize> {
        let record = self.frames.last()?;
        Some(self.looked.show(record, head))
    }

    fn rest(&self) -> [SharedBytes<'_>; 2] {
        self.looked.behind(HEAD)
    }

    fn pass(&mut self) -> bool {
        self.frames.pop().is_some() && !self.turns.is_multiple_of(7)
    }

    fn take(&mut self) -> Option<usize> {
        let record = self.frames.pop()?;
        self.room[..record.len()].copy_from_slice(&record);
        Some(record.len())
    }

    fn room(&mut self) -> &mut [u8; RECORD] {
        &mut self.room
    }
}

/// Nothing but one value, and now and then none.
#[derive(Default)]
pub(super) struct Monotone(u8);

impl Entropy for Monotone {
    fn fill(&mut self, into: &mut [u8]) -> usize {
        self.0 = self.0.wrapping_add(1);
        into.fill(0x5a);
        if self.0.is_multiple_of(7) { 0 } else { into.len() }
    }
}

/// A bell that nobody hears.
pub(super) struct Silent;

impl Bell for Silent {
    fn ring(&mut self) {}
}

pub(super) type Devices<'a> = Peripheral<Overlay<'a>, Wire, Monotone, Silent>;

pub(super) struct Machine<'a> {
    pub(super) bus: Bus<Devices<'a>, { SLOTS as usize }>,
    pub(super) memory: Counting,
    recorder: Recorder,
}

/// What a disk is made of.
pub(super) struct Medium {
    base: Vec<u8>,
    store: Vec<[u8; BLOCK]>,
    map: Vec<u32>,
}

impl Medium {
    /// A disk of 16 blocks, of which four can change.
    pub(super) fn new() -> Self {
        Self { base: vec![1; 20_000], store: vec![[0; BLOCK]; 4], map: vec![0; 16] }
    }

    fn disk(&mut self) -> Overlay<'_> {
        Overlay::new(64 << 10, &self.base, &mut self.store, &mut self.map).expect("a disk")
    }
}

impl<'a> Machine<'a> {
    pub(super) fn new(medium: &'a mut Medium) -> Self {
        let mut bus = Bus::new(LAYOUT);
        let devices: [Devices<'a>; SLOTS as usize] = [
            Peripheral::HostBridge(HostBridge::new()),
            Peripheral::Console(Virtio::new(Console::new(80, 25))),
            Peripheral::Block(Virtio::new(Block::new(medium.disk(), "hostile"))),
            Peripheral::Network(Virtio::new(Network::new(Wire::default(), [2, 0, 0, 0, 0, 1]))),
            Peripheral::Random(Virtio::new(Random::new(Monotone::default()))),
            Peripheral::Input(Virtio::new(Input::new(Kind::Keyboard))),
            Peripheral::Input(Virtio::new(Input::new(Kind::Tablet))),
            Peripheral::Channel(Channel::new(
                Window { base: 0x80_1000_0000, size: 0x10_0000 },
                End::Writes,
                0,
                Silent,
            )),
        ];
        for (slot, device) in devices.into_iter().enumerate() {
            bus.insert(slot, device).expect("room");
        }
        Self { bus, memory: Counting::new(MEMORY as usize), recorder: Recorder::default() }
    }

    /// One call of the bus, with the budget of so many devices.
    pub(super) fn call<T>(
        &mut self,
        devices: u64,
        act: impl FnOnce(
            &mut Bus<Devices<'a>, { SLOTS as usize }>,
            &mut Environment<'_, Counting, Recorder>,
        ) -> T,
    ) -> T {
        self.memory.begin(devices);
        let interrupts = &mut self.recorder;
        let result = act(&mut self.bus, &mut Environment { memory: &self.memory, interrupts });
        assert!(interrupts.0.len() <= 64, "interrupts are bounded");
        interrupts.0.clear();
        result
    }

    pub(super) fn read(&mut self, address: u64, width: Width) -> u64 {
        self.call(1, |bus, environment| bus.read(address, width, environment))
    }

    pub(super) fn write(&mut self, address: u64, width: Width, value: u64) {
        let _ = self.call(1, |bus, environment| bus.write(address, width, value, environment));
    }

    pub(super) fn process(&mut self) -> Progress {
        self.call(SLOTS, |bus, environment| bus.process(environment))
    }

    /// What a well-behaved driver does first: whatever happened before, the device is on afterwards.
    pub(super) fn start(&mut self, slot: u64, features: u64) {
        let at = configuration(slot);
        let low = registers(slot);
        for (field, width, value) in
            [(0x10, Width::Four, low), (0x14, Width::Four, low + 0x4000), (0x04, Width::Two, 6)]
        {
            self.write(at + field, width, value);
        }
        let queues = {
            self.write(low + 0x14, Width::One, 0);
            self.read(low + 0x12, Width::Two)
        };
        self.write(low + 0x14, Width::One, 3);
        for half in 0..2 {
            self.write(low + 0x08, Width::Four, half);
            self.write(
                low + 0x0c,
                Width::Four,
                (features | VERSION_1) >> (32 * half) & 0xffff_ffff,
            );
        }
        self.write(low + 0x14, Width::One, 11);
        for queue in 0..queues {
            self.write(low + 0x16, Width::Two, queue);
            self.write(low + 0x18, Width::Two, ENTRIES.into());
            let base = area(slot, queue);
            for (field, address) in [(0x20, base), (0x28, base + 0x400), (0x30, base + 0x600)] {
                self.write(low + field, Width::Eight, address);
            }
            self.write(low + 0x1c, Width::Two, 1);
        }
        self.write(low + 0x14, Width::One, 15);
    }

    /// Puts everything where it was, and asks a device for something.
    pub(super) fn assert_usable(&mut self) {
        // Other functions may have been moved over this one's registers.
        for slot in 0..SLOTS {
            self.write(configuration(slot) + 4, Width::Two, 0);
        }
        self.memory.plain.zero(0, MEMORY).expect("memory");
        self.start(RANDOM, EVENT_INDEX | INDIRECT_DESCRIPTORS);
        let status = self.read(registers(RANDOM) + 0x14, Width::One) as u8;
        assert_eq!(status, 15, "a device is usable after a reset");
        assert_ne!(status & DRIVER_OK, 0);
        let (base, buffer) = (area(RANDOM, 0), 0x7_0000);
        self.memory.plain.write_u64(base, buffer).expect("memory");
        self.memory.plain.write_u64(base + 8, 16 | 2 << 32).expect("memory");
        self.memory.plain.write_u16(base + 0x402, 1).expect("memory");
        // The source has nothing every seventh time.
        for _ in 0..2 {
            self.write(registers(RANDOM) + NOTIFY, Width::Two, 0);
        }
        assert_eq!(self.memory.plain.read_u16(base + 0x602), Ok(1), "a request is answered");
        assert_eq!(self.memory.plain.read_u64(buffer + 8), Ok(0x5a5a_5a5a_5a5a_5a5a));
    }
}

/// The features that a guest may take: none, each, all, or what nobody offers.
pub(super) fn features(choice: u8) -> u64 {
    match choice % 5 {
        0 => 0,
        1 => EVENT_INDEX,
        2 => INDIRECT_DESCRIPTORS,
        3 => u64::MAX,
        _ => EVENT_INDEX | INDIRECT_DESCRIPTORS,
    }
}
