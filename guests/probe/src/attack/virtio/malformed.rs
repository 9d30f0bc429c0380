//! Queues that break the rules of virtio 1.2, section 2.7.

/// Where the parts are in the queue's memory.
pub const DESCRIPTORS: u64 = 0;
pub const DRIVER: u64 = 0x800;
pub const DEVICE: u64 = 0xc00;
pub const BUFFER: u64 = 0x1000;

/// Flags of a descriptor.
const NEXT: u16 = 1;
const WRITE: u16 = 2;
const INDIRECT: u16 = 4;

/// Where a part of a queue is said to be.
#[derive(Clone, Copy)]
pub enum Place {
    /// Where it is.
    Usual,
    /// Elsewhere.
    At(u64),
}

/// A descriptor; its buffer is a valid one unless said.
#[derive(Clone, Copy)]
pub struct Descriptor {
    pub address: Option<u64>,
    pub length: u32,
    pub flags: u16,
    pub next: u16,
}

/// A queue that breaks a rule.
pub struct Case {
    pub descriptors: &'static [Descriptor],
    pub head: u16,
    pub index: u16,
    pub size: u16,
    pub descriptor_table: Place,
    pub driver_area: Place,
    pub device_area: Place,
}

const fn descriptor(flags: u16, next: u16) -> Descriptor {
    Descriptor { address: None, length: 64, flags, next }
}

const fn at(address: u64, length: u32, flags: u16) -> Descriptor {
    Descriptor { address: Some(address), length, flags, next: 0 }
}

/// One chain of one descriptor, and nothing wrong.
const VALID: Case = Case {
    descriptors: &[descriptor(WRITE, 0)],
    head: 0,
    index: 1,
    size: 8,
    descriptor_table: Place::Usual,
    driver_area: Place::Usual,
    device_area: Place::Usual,
};

const fn chain(descriptors: &'static [Descriptor]) -> Case {
    Case { descriptors, ..VALID }
}

/// The queues.
pub const CASES: [Case; 30] = [
    VALID,
    // Buffers that are not memory, wrap around, or are endless.
    chain(&[at(0xfee0_0000, 64, WRITE)]),
    chain(&[at(0xfec0_0000, 64, 0)]),
    chain(&[at(1 << 40, 64, WRITE)]),
    chain(&[at(u64::MAX, 64, WRITE)]),
    chain(&[at(u64::MAX - 15, 16, 0)]),
    chain(&[at(0, u32::MAX, 0)]),
    chain(&[at(0, u32::MAX, WRITE)]),
    chain(&[at(0xffff_f000, 0x2000, WRITE)]),
    chain(&[at(0, 0, WRITE)]),
    chain(&[at(0, 0, 0)]),
    // Chains without an end, out of the table, in the wrong order.
    chain(&[descriptor(NEXT, 0)]),
    chain(&[descriptor(NEXT | WRITE, 1), descriptor(NEXT | WRITE, 0)]),
    chain(&[descriptor(NEXT, 8)]),
    chain(&[descriptor(NEXT, u16::MAX)]),
    chain(&[descriptor(NEXT | WRITE, 1), descriptor(0, 0)]),
    chain(&[
        descriptor(NEXT, 1),
        descriptor(NEXT | WRITE, 2),
        descriptor(NEXT, 3),
        descriptor(WRITE, 0),
    ]),
    // Indirect without leave, and nested.
    chain(&[descriptor(INDIRECT, 0)]),
    chain(&[descriptor(INDIRECT | NEXT, 1), descriptor(INDIRECT | WRITE, 0)]),
    chain(&[descriptor(u16::MAX, 0)]),
    // Heads and indices that cannot be.
    Case { head: 8, ..VALID },
    Case { head: u16::MAX, ..VALID },
    Case { index: 9, ..VALID },
    Case { index: 0x8000, ..VALID },
    Case { index: u16::MAX, ..VALID },
    // Queues of a size that is none, and in places that are no memory.
    Case { size: 0, ..VALID },
    Case { size: 7, ..VALID },
    Case { size: u16::MAX, ..VALID },
    Case { descriptor_table: Place::At(u64::MAX - 4095), driver_area: Place::At(3), ..VALID },
    Case { device_area: Place::At(0xfee0_0001), driver_area: Place::At(1 << 50), ..VALID },
];
