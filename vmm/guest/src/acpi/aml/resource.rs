//! Resources of devices (ACPI 6.5, section 6.4).

use super::Aml;

/// A list of resources, as `_CRS` gives it.
pub(in super::super) struct Resources {
    bytes: [u8; Self::SIZE],
    length: usize,
    overflowed: bool,
}

/// A kind of range that a bridge passes on.
#[derive(Clone, Copy)]
enum RangeKind {
    Memory = 0,
    Ports = 1,
    Buses = 2,
}

/// Both ends of the range are fixed, and the bridge passes it on (it does not use it up).
const FIXED_AND_PRODUCED: u8 = 0b1100;
const READ_WRITE: u8 = 1;
/// The whole range, not only addresses that ISA has or has not.
const ENTIRE: u8 = 0b11;

impl Resources {
    const SIZE: usize = 256;

    pub(in super::super) const fn new() -> Self {
        Self { bytes: [0; Self::SIZE], length: 0, overflowed: false }
    }

    fn raw(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        match self.bytes.get_mut(self.length..end) {
            Some(free) => {
                free.copy_from_slice(bytes);
                self.length = end;
            }
            None => self.overflowed = true,
        }
    }

    /// So many ports.
    pub(in super::super) fn ports(mut self, first: u16, count: u8) -> Self {
        let [low, high] = first.to_le_bytes();
        let all_address_bits = 1;
        self.raw(&[0x47, all_address_bits, low, high, low, high, 1, count]);
        self
    }

    /// An ISA interrupt, edge-triggered.
    pub(in super::super) fn interrupt(mut self, number: u8) -> Self {
        let [low, high] = (1_u16 << (number & 15)).to_le_bytes();
        self.raw(&[0x22, low, high]);
        self
    }

    /// Memory below 4 GiB that the device uses up.
    pub(in super::super) fn memory(mut self, start: u32, size: u32) -> Self {
        self.raw(&[0x86, 9, 0, READ_WRITE]);
        self.raw(&start.to_le_bytes());
        self.raw(&size.to_le_bytes());
        self
    }

    /// Buses that a bridge passes on.
    pub(in super::super) fn produces_buses(self, first: u16, last: u16) -> Self {
        self.produces_16(RangeKind::Buses, 0, first, last)
    }

    /// Ports that a bridge passes on.
    pub(in super::super) fn produces_ports(self, first: u16, last: u16) -> Self {
        self.produces_16(RangeKind::Ports, ENTIRE, first, last)
    }

    fn produces_16(mut self, kind: RangeKind, flags: u8, first: u16, last: u16) -> Self {
        self.raw(&[0x88, 13, 0, kind as u8, FIXED_AND_PRODUCED, flags]);
        // Granularity, both ends, translation, length.
        let length = last.wrapping_sub(first).wrapping_add(1);
        for field in [0, first, last, 0, length] {
            self.raw(&field.to_le_bytes());
        }
        self
    }

    /// Memory that a bridge passes on; nothing if it is empty.
    pub(in super::super) fn produces_memory(mut self, start: u64, size: u64) -> Self {
        if size == 0 {
            return self;
        }
        self.raw(&[0x8a, 43, 0, RangeKind::Memory as u8, FIXED_AND_PRODUCED, READ_WRITE]);
        for field in [0, start, start.wrapping_add(size - 1), 0, size] {
            self.raw(&field.to_le_bytes());
        }
        self
    }
}

impl Aml<'_> {
    /// `Name (_CRS, ResourceTemplate () { ... })`.
    pub(in super::super) fn resources(&mut self, mut resources: Resources) {
        // The end, with a checksum that is not used.
        resources.raw(&[0x79, 0]);
        if resources.overflowed {
            self.overflowed = true;
        }
        let content = resources.bytes.get(..resources.length).unwrap_or_default();
        self.name(b"_CRS", |aml| aml.buffer(content));
    }
}
