//! The device: its configuration, and its queue of requests.

use cloister_device::{GuestMemory, Width};

use super::{Disk, SECTOR, request};
use crate::{
    Progress, bytes,
    queue::{Chain, MAX_SEGMENTS, Malformed, Queue},
    transport::{CHAINS, Device, QUEUES},
};

/// Bytes of a disk's serial number.
pub const SERIAL_LENGTH: usize = 20;
/// Bytes of one buffer at most, and buffers of data in a request: beside them there are header and status.
const SEGMENT_SIZE: u32 = 16 << 10;
const SEGMENTS: u32 = MAX_SEGMENTS as u32 - 2;
/// Bytes of data of a request at most.
pub(super) const REQUEST_SIZE: u32 = SEGMENT_SIZE * SEGMENTS;
/// Bytes of data after which a call ends. Together with the limit of a request this bounds a call.
const BUDGET: u32 = 256 << 10;

/// Bytes of the configuration: up to the size of a block.
const CONFIGURATION: usize = 24;

/// Features.
const SIZE_MAX: u64 = 1 << 1;
const SEG_MAX: u64 = 1 << 2;
const READ_ONLY: u64 = 1 << 5;
const BLOCK_SIZE: u64 = 1 << 6;
const FLUSH: u64 = 1 << 9;

/// A block device.
#[derive(Clone, Debug)]
pub struct Block<D> {
    pub(super) disk: D,
    pub(super) serial: [u8; SERIAL_LENGTH],
}

impl<D: Disk> Block<D> {
    /// A device over a disk. Of the serial number, which Linux shows, the first 20 bytes count.
    #[must_use]
    pub fn new(disk: D, serial: &str) -> Self {
        let mut bytes = [0; SERIAL_LENGTH];
        bytes.iter_mut().zip(serial.bytes()).for_each(|(byte, from)| *byte = from);
        Self { disk, serial: bytes }
    }

    /// The disk.
    pub const fn disk(&mut self) -> &mut D {
        &mut self.disk
    }
}

impl<D: Disk> Device for Block<D> {
    const KIND: u16 = 2;
    const QUEUE_SIZES: &'static [u16] = &[256];
    const CONFIGURATION: u32 = CONFIGURATION as u32;

    fn class(&self) -> u32 {
        0x01_80_00
    }

    fn features(&self) -> u64 {
        let read_only = if self.disk.is_read_only() { READ_ONLY } else { 0 };
        SIZE_MAX | SEG_MAX | BLOCK_SIZE | FLUSH | read_only
    }

    fn read(&self, offset: u64, width: Width) -> u64 {
        let mut image = [0; CONFIGURATION];
        let fields = [
            (0, Width::Eight, self.disk.size() / SECTOR),
            (8, Width::Four, SEGMENT_SIZE.into()),
            (12, Width::Four, SEGMENTS.into()),
            (20, Width::Four, SECTOR),
        ];
        for (at, width, value) in fields {
            bytes::store(&mut image, at, width, value);
        }
        bytes::load(&image, offset as usize, width).unwrap_or(0)
    }

    fn reset(&mut self) {}

    fn process<M: GuestMemory + ?Sized>(
        &mut self,
        _: usize,
        [queue, ..]: &mut [Queue; QUEUES],
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Progress, Malformed> {
        let mut budget = BUDGET;
        for _ in 0..CHAINS {
            if !queue.pop(memory, chain)? {
                return Ok(Progress::Done);
            }
            let written = request::serve(self, chain, memory)?;
            queue.push(memory, chain.head(), written)?;
            let moved = chain.readable_length().saturating_add(chain.writable_length());
            budget = budget.saturating_sub(moved);
            if budget == 0 {
                break;
            }
        }
        Ok(Progress::More)
    }
}
