//! What it costs to notify a virtio device, a disk: with nothing in its queue, and with a request for one
//! sector each time.

use core::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use super::{ROUNDS, measure as cost, skipped};
use crate::virtio::{Device, Function, Setup, functions, notify};

const NOTHING: &str = "virtio-kick-nothing";
const SECTOR: &str = "virtio-kick-read-512";

const DISK: u16 = 2;
const REQUESTS: u16 = 0;
/// Entries of the queue.
const SIZE: u16 = 8;
/// The ring's flag that asks for no interrupts (VIRTQ_AVAIL_F_NO_INTERRUPT).
const NO_INTERRUPTS: u16 = 1;
/// Flags of a descriptor.
const NEXT: u64 = 1;
const WRITE: u64 = 2;
/// A request's header, which reads the first sector where it is all zeros, and its parts.
const HEADER_BYTES: u64 = 16;
const SECTOR_BYTES: u64 = 512;

/// A split queue with one chain of descriptors (virtio 1.2, section 2.7). The driver's ring is all zeros
/// but for flags and index: each of its entries is descriptor 0.
#[repr(C, align(4096))]
struct Queue {
    /// Address; length, flags and next one.
    descriptors: [AtomicU64; 2 * SIZE as usize],
    /// Flags, index, entries.
    driver: [AtomicU16; 4 + SIZE as usize],
    /// Flags, index, entries of two words.
    device: [AtomicU16; 4 + 4 * SIZE as usize],
    /// Header, data, status.
    request: [AtomicU64; (HEADER_BYTES + SECTOR_BYTES) as usize / 8 + 1],
}

static QUEUE: Queue = Queue {
    descriptors: [const { AtomicU64::new(0) }; 2 * SIZE as usize],
    driver: [const { AtomicU16::new(0) }; 4 + SIZE as usize],
    device: [const { AtomicU16::new(0) }; 4 + 4 * SIZE as usize],
    request: [const { AtomicU64::new(0) }; (HEADER_BYTES + SECTOR_BYTES) as usize / 8 + 1],
};

/// Measures both, if there is a disk.
pub fn measure() {
    let is_disk = |function: &Function| function.kind() == DISK;
    let Some(device) = functions().find(is_disk).and_then(|function| Device::of(&function)) else {
        for name in [NOTHING, SECTOR] {
            skipped(name, "there is no virtio disk");
        }
        return;
    };
    let [flags, posted, ..] = &QUEUE.driver;
    let [_, done, ..] = &QUEUE.device;
    write_descriptors();
    flags.store(NO_INTERRUPTS, Ordering::Relaxed);
    let at = device.start(&Setup {
        queue: REQUESTS,
        size: SIZE,
        descriptors: (&raw const QUEUE.descriptors) as u64,
        driver: (&raw const QUEUE.driver) as u64,
        device: (&raw const QUEUE.device) as u64,
    });
    cost(NOTHING, ROUNDS, || notify(at, REQUESTS));
    let kick = || {
        let index = posted.load(Ordering::Relaxed).wrapping_add(1);
        posted.store(index, Ordering::Release);
        notify(at, REQUESTS);
        done.load(Ordering::Acquire) == index
    };
    if kick() {
        cost(SECTOR, ROUNDS, || {
            kick();
        });
    } else {
        skipped(SECTOR, "the device answers later");
    }
    device.reset();
}

fn write_descriptors() {
    let header = (&raw const QUEUE.request) as u64;
    let data = header + HEADER_BYTES;
    let parts = [
        (header, HEADER_BYTES, NEXT, 1),
        (data, SECTOR_BYTES, NEXT | WRITE, 2),
        (data + SECTOR_BYTES, 1, WRITE, 0),
    ];
    for (words, (address, length, flags, next)) in QUEUE.descriptors.chunks_exact(2).zip(parts) {
        if let [first, second] = words {
            first.store(address, Ordering::Relaxed);
            second.store(length | flags << 32 | next << 48, Ordering::Relaxed);
        }
    }
}
