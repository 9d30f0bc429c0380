//! What it costs to notify a virtio device, a disk: with nothing in its queue, and with a request for one
//! sector each time.

use core::sync::atomic::AtomicU64;

use super::{ROUNDS, measure as cost, skipped};
use crate::virtio::queue::{NEXT, Queue, WRITE};
use crate::virtio::{Device, Function, functions, notify};

const NOTHING: &str = "virtio-kick-nothing";
const SECTOR: &str = "virtio-kick-read-512";

const DISK: u16 = 2;
const REQUESTS: u16 = 0;
/// A request's header, which reads the first sector where it is all zeros, and its parts.
const HEADER_BYTES: u64 = 16;
const SECTOR_BYTES: u64 = 512;

static QUEUE: Queue = Queue::new();
/// Header, data, status.
static REQUEST: [AtomicU64; (HEADER_BYTES + SECTOR_BYTES) as usize / 8 + 1] =
    [const { AtomicU64::new(0) }; (HEADER_BYTES + SECTOR_BYTES) as usize / 8 + 1];

/// Measures both, if there is a disk.
pub fn measure() {
    let is_disk = |function: &Function| function.kind() == DISK;
    let Some(device) = functions().find(is_disk).and_then(|function| Device::of(&function)) else {
        for name in [NOTHING, SECTOR] {
            skipped(name, "there is no virtio disk");
        }
        return;
    };
    let header = (&raw const REQUEST) as u64;
    let data = header + HEADER_BYTES;
    QUEUE.describe(&[
        (header, HEADER_BYTES, NEXT, 1),
        (data, SECTOR_BYTES, NEXT | WRITE, 2),
        (data + SECTOR_BYTES, 1, WRITE, 0),
    ]);
    let at = device.start(&QUEUE.setup(REQUESTS));
    cost(NOTHING, ROUNDS, || notify(at, REQUESTS));
    let kick = || {
        let index = QUEUE.posted().wrapping_add(1);
        QUEUE.post(index);
        notify(at, REQUESTS);
        QUEUE.done() == index
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
