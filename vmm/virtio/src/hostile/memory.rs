//! Guest memory that counts.

use core::cell::Cell;

use cloister_device::{GuestMemory, HostMemory, OutOfRange};

/// Accesses in one call of a device at most: 16 chains of 66 descriptors, and the largest request to
/// a disk in runs of 256 bytes, with some room.
const ACCESSES: u64 = 16_384;
/// Bytes in one call of a device at most: what a call may begin with, and the largest request.
const BYTES: u64 = 2 << 20;

/// Memory with a budget for each call.
pub(super) struct Counting {
    /// The memory, for those who do not count.
    pub(super) plain: HostMemory,
    accesses: Cell<u64>,
    bytes: Cell<u64>,
}

impl Counting {
    pub(super) fn new(size: usize) -> Self {
        Self { plain: HostMemory::new(size), accesses: Cell::new(0), bytes: Cell::new(0) }
    }

    /// A call of so many devices begins.
    pub(super) fn begin(&self, devices: u64) {
        self.accesses.set(devices * ACCESSES);
        self.bytes.set(devices * BYTES);
    }

    fn count(&self, bytes: usize) {
        let left = |budget: &Cell<u64>, count| {
            budget.set(budget.get().checked_sub(count).expect("a call is bounded"));
        };
        left(&self.accesses, 1);
        left(&self.bytes, bytes as u64);
    }
}

impl GuestMemory for Counting {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), OutOfRange> {
        self.count(into.len());
        self.plain.read(address, into)
    }

    fn write(&self, address: u64, from: &[u8]) -> Result<(), OutOfRange> {
        self.count(from.len());
        self.plain.write(address, from)
    }

    fn read_u16(&self, address: u64) -> Result<u16, OutOfRange> {
        self.count(2);
        self.plain.read_u16(address)
    }

    fn write_u16(&self, address: u64, value: u16) -> Result<(), OutOfRange> {
        self.count(2);
        self.plain.write_u16(address, value)
    }
}
