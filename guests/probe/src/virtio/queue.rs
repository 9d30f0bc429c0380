//! A split queue with one chain of descriptors, which is posted again and again (virtio 1.2, section 2.7).

use core::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use super::Setup;

/// Entries of the queue.
pub const SIZE: u16 = 8;
/// Flags of a descriptor.
pub const NEXT: u64 = 1;
pub const WRITE: u64 = 2;
/// The ring's flag that asks for no interrupts (VIRTQ_AVAIL_F_NO_INTERRUPT).
const NO_INTERRUPTS: u16 = 1;

/// The queue. The driver's ring is all zeros but for flags and index: each of its entries is descriptor 0.
#[repr(C, align(4096))]
pub struct Queue {
    /// Address; length, flags and next one.
    descriptors: [AtomicU64; 2 * SIZE as usize],
    /// Flags, index, entries.
    driver: [AtomicU16; 4 + SIZE as usize],
    /// Flags, index, entries of two words.
    device: [AtomicU16; 4 + 4 * SIZE as usize],
}

impl Queue {
    /// An empty queue, for a static.
    pub const fn new() -> Self {
        Self {
            descriptors: [const { AtomicU64::new(0) }; 2 * SIZE as usize],
            driver: [const { AtomicU16::new(0) }; 4 + SIZE as usize],
            device: [const { AtomicU16::new(0) }; 4 + 4 * SIZE as usize],
        }
    }

    /// Where a device finds it as its queue of this number. No interrupts are asked for.
    pub fn setup(&'static self, queue: u16) -> Setup {
        let [flags, ..] = &self.driver;
        flags.store(NO_INTERRUPTS, Ordering::Relaxed);
        Setup {
            queue,
            size: SIZE,
            descriptors: (&raw const self.descriptors) as u64,
            driver: (&raw const self.driver) as u64,
            device: (&raw const self.device) as u64,
        }
    }

    /// Writes the descriptors: address, length, flags, next one.
    pub fn describe(&self, parts: &[(u64, u64, u64, u64)]) {
        for (words, (address, length, flags, next)) in self.descriptors.chunks_exact(2).zip(parts) {
            if let [first, second] = words {
                first.store(*address, Ordering::Relaxed);
                second.store(length | flags << 32 | next << 48, Ordering::Relaxed);
            }
        }
    }

    /// How many chains were posted, modulo 2^16.
    pub fn posted(&self) -> u16 {
        let [_, posted, ..] = &self.driver;
        posted.load(Ordering::Relaxed)
    }

    /// Posts the chain until it was posted so often.
    pub fn post(&self, index: u16) {
        let [_, posted, ..] = &self.driver;
        posted.store(index, Ordering::Release);
    }

    /// How many chains the device has given back, modulo 2^16.
    pub fn done(&self) -> u16 {
        let [_, done, ..] = &self.device;
        done.load(Ordering::Acquire)
    }
}
