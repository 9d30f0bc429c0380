//! A small driver for tests, which does everything through the bus as a guest would.

use std::{vec, vec::Vec};

use cloister_device::{GuestMemory, HostMemory, Raised, Recorder, Width};

use crate::{
    Environment, Progress,
    pci::{Bus, Layout, Window},
    transport::{COMMON, DEVICE, Device, NOTIFY, VERSION_1, Virtio},
};

/// Where things are on the guest's map.
pub(crate) const LAYOUT: Layout = Layout {
    ecam: 0xe000_0000,
    low: Window { base: 0xc000_0000, size: 0x10_0000 },
    high: Window { base: 0x80_0000_0000, size: 1 << 36 },
};
/// The registers of the device under test, in slot 1.
pub(crate) const REGISTERS: u64 = 0xc000_0000;
/// Its configuration space.
pub(crate) const CONFIGURATION: u64 = 0xe000_8000;
/// Its table of messages.
pub(crate) const MESSAGES: u64 = 0xc000_4000;

const MEMORY: usize = 0x20_0000;
/// Entries of each queue.
pub(crate) const SIZE: u16 = 16;

/// A buffer of a chain: address, length, and whether the device writes it.
pub(crate) type Buffer = (u64, u32, bool);

pub(crate) struct Guest<D> {
    pub(crate) bus: Bus<Virtio<D>, 2>,
    pub(crate) memory: HostMemory,
    pub(crate) recorder: Recorder,
    /// The next descriptor, available entry and used entry of each queue.
    next: [(u16, u16, u16); 2],
}

impl<D: Device> Guest<D> {
    /// A device before its driver: memory and bus mastering are on.
    pub(crate) fn new(device: D) -> Self {
        let mut bus = Bus::new(LAYOUT);
        bus.insert(1, Virtio::new(device)).expect("room");
        let memory = HostMemory::new(MEMORY);
        let mut guest = Self { bus, memory, recorder: Recorder::default(), next: [(0, 0, 0); 2] };
        let _ = guest.write(CONFIGURATION + 4, Width::Two, 6);
        guest
    }

    /// A device with a driver that took these features and `VERSION_1`.
    pub(crate) fn started(device: D, features: u64) -> Self {
        let mut guest = Self::new(device);
        guest.negotiate(features | VERSION_1);
        for queue in 0..D::QUEUE_SIZES.len() as u64 {
            guest.set_queue(queue, SIZE, [0, 0x1000, 0x2000].map(|area| guest_area(queue) + area));
        }
        guest.common(0x14, Width::One, 15);
        guest
    }

    pub(crate) fn negotiate(&mut self, features: u64) {
        self.common(0x14, Width::One, 3);
        for half in 0..2 {
            self.common(0x08, Width::Four, half);
            self.common(0x0c, Width::Four, features >> (32 * half) & 0xffff_ffff);
        }
        self.common(0x14, Width::One, 11);
    }

    pub(crate) fn set_queue(&mut self, queue: u64, size: u16, areas: [u64; 3]) {
        self.common(0x16, Width::Two, queue);
        self.common(0x18, Width::Two, size.into());
        for (index, area) in areas.into_iter().enumerate() {
            let field = 0x20 + 8 * index as u64;
            self.common(field, Width::Four, area & 0xffff_ffff);
            self.common(field + 4, Width::Four, area >> 32);
        }
        self.common(0x1c, Width::Two, 1);
    }

    pub(crate) fn write(&mut self, address: u64, width: Width, value: u64) -> Progress {
        let mut environment = Environment { memory: &self.memory, interrupts: &mut self.recorder };
        self.bus.write(address, width, value, &mut environment)
    }

    pub(crate) fn read(&mut self, address: u64, width: Width) -> u64 {
        let mut environment = Environment { memory: &self.memory, interrupts: &mut self.recorder };
        self.bus.read(address, width, &mut environment)
    }

    pub(crate) fn common(&mut self, offset: u64, width: Width, value: u64) {
        let _ = self.write(REGISTERS + COMMON + offset, width, value);
    }

    pub(crate) fn status(&mut self) -> u64 {
        self.read(REGISTERS + COMMON + 0x14, Width::One)
    }

    pub(crate) fn configuration(&mut self, offset: u64, width: Width) -> u64 {
        self.read(REGISTERS + DEVICE + offset, width)
    }

    pub(crate) fn device(&mut self) -> &mut D {
        self.bus.function(1).expect("the device").device()
    }

    /// Writes descriptors and makes them available, without a kick. Returns the head.
    pub(crate) fn add(&mut self, queue: u64, buffers: &[Buffer]) -> u16 {
        let (descriptor, available, _) = self.next[queue as usize];
        let head = descriptor % SIZE;
        for (index, &(address, length, writable)) in buffers.iter().enumerate() {
            let place = (head + index as u16) % SIZE;
            let more = index + 1 < buffers.len();
            let flags = u16::from(more) | u16::from(writable) << 1;
            self.descriptor(queue, place, (address, length, flags, (place + 1) % SIZE));
        }
        self.next[queue as usize].0 = descriptor.wrapping_add(buffers.len() as u16);
        self.make_available(queue, available, head);
        self.next[queue as usize].1 = available.wrapping_add(1);
        head
    }

    pub(crate) fn descriptor(&mut self, queue: u64, place: u16, what: (u64, u32, u16, u16)) {
        let (address, length, flags, next) = what;
        let at = guest_area(queue) + 16 * u64::from(place);
        let rest = u64::from(length) | u64::from(flags) << 32 | u64::from(next) << 48;
        self.memory.write_u64(at, address).expect("memory");
        self.memory.write_u64(at + 8, rest).expect("memory");
    }

    pub(crate) fn make_available(&mut self, queue: u64, available: u16, head: u16) {
        let ring = guest_area(queue) + 0x1000;
        let place = u64::from(available % SIZE);
        self.memory.write_u16(ring + 4 + 2 * place, head).expect("memory");
        self.memory.write_u16(ring + 2, available.wrapping_add(1)).expect("memory");
    }

    /// Kicks a queue, and lets the device go on until it is done.
    pub(crate) fn kick(&mut self, queue: u64) {
        if self.write(REGISTERS + NOTIFY + 4 * queue, Width::Two, queue) == Progress::More {
            self.process();
        }
    }

    /// Lets the device go on until it is done.
    pub(crate) fn process(&mut self) {
        self.device();
        let mut environment = Environment { memory: &self.memory, interrupts: &mut self.recorder };
        for _ in 0..1000 {
            if self.bus.process(&mut environment) == Progress::Done {
                return;
            }
        }
        panic!("a device does not end");
    }

    /// Chains that came back: heads and lengths.
    pub(crate) fn used(&mut self, queue: u64) -> Vec<(u16, u32)> {
        let ring = guest_area(queue) + 0x2000;
        let end = self.memory.read_u16(ring + 2).expect("memory");
        let mut used = vec![];
        while self.next[queue as usize].2 != end {
            let entry = ring + 4 + 8 * u64::from(self.next[queue as usize].2 % SIZE);
            let entry = self.memory.read_u64(entry).expect("memory");
            used.push((entry as u16, (entry >> 32) as u32));
            self.next[queue as usize].2 = self.next[queue as usize].2.wrapping_add(1);
        }
        used
    }

    pub(crate) fn bytes(&self, address: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.memory.read(address, &mut bytes).expect("memory");
        bytes
    }

    /// What was raised since the last call.
    pub(crate) fn raised(&mut self) -> Vec<Raised> {
        core::mem::take(&mut self.recorder.0)
    }
}

/// Where a queue lies: descriptors, available ring and used ring, a page apart.
pub(crate) const fn guest_area(queue: u64) -> u64 {
    0x1_0000 + 0x4000 * queue
}
