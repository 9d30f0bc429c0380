//! Frames on the first link that the world is on: as many as can be sent, or received.

use core::hint::spin_loop;
use core::sync::atomic::{AtomicU64, Ordering};

use cloister_bare::paging::Window;
use cloister_bare::{idle, say};

use crate::virtio::queue::{Queue, SIZE, WRITE};
use crate::virtio::{DEVICE, Device, Function, functions, notify};

const NETWORK: u16 = 1;
const RECEIVE: u16 = 0;
const TRANSMIT: u16 = 1;
/// The header of a frame (virtio 1.2, section 5.1.6), and the longest frame.
const HEADER: u64 = 12;
const FRAME: u64 = 1514;
/// Frames between two lines about what was received.
const TOLD: u16 = 1024;

static QUEUE: Queue = Queue::new();
static BUFFER: [AtomicU64; 256] = [const { AtomicU64::new(0) }; 256];

/// Sends the longest frames to all members of the link, for ever.
pub fn send() -> ! {
    let Some((function, device)) = adapter() else { none() };
    let Some(configuration) = function.region(DEVICE) else { none() };
    Window::at(configuration.address);
    let own = configuration.read(0, 4) | configuration.read(4, 2) << 32;
    // After the header's 12 bytes: to all, from this one.
    let words = [(1, u64::from(u32::MAX) << 32), (2, 0xffff | own << 16)];
    for (place, word) in words {
        if let Some(place) = BUFFER.get(place) {
            place.store(word, Ordering::Relaxed);
        }
    }
    QUEUE.describe(&[((&raw const BUFFER) as u64, HEADER + FRAME, 0, 0)]);
    let at = device.start(&QUEUE.setup(TRANSMIT));
    say!("probe: flood");
    loop {
        QUEUE.post(QUEUE.done().wrapping_add(SIZE));
        notify(at, TRANSMIT);
    }
}

/// Takes all frames that come, for ever.
pub fn receive() -> ! {
    let Some((_, device)) = adapter() else { none() };
    QUEUE.describe(&[((&raw const BUFFER) as u64, HEADER + FRAME, WRITE, 0)]);
    let at = device.start(&QUEUE.setup(RECEIVE));
    say!("probe: receive");
    let mut told = 0;
    loop {
        let done = QUEUE.done();
        let free = done.wrapping_add(SIZE);
        if free != QUEUE.posted() {
            QUEUE.post(free);
            notify(at, RECEIVE);
        }
        if done.wrapping_sub(told) >= TOLD {
            told = done;
            say!("probe: received {TOLD} more");
        }
        spin_loop();
    }
}

fn adapter() -> Option<(Function, Device)> {
    let function = functions().find(|function| function.kind() == NETWORK)?;
    let device = Device::of(&function)?;
    Some((function, device))
}

fn none() -> ! {
    say!("probe: there is no network adapter");
    idle()
}
