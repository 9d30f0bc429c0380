//! Drives each virtio device that is there (virtio 1.2, chapters 2 and 4.1) with queues that break the
//! rules.

mod malformed;

use core::sync::atomic::{AtomicU64, Ordering};

use cloister_bare::paging::Window;
use cloister_bare::say;
use malformed::{CASES, Case, DESCRIPTORS, DRIVER, Place};

use super::{Context, Tally};
use crate::virtio::{COMMON, DEVICE, Device, Function, NOTIFY, Setup, functions, notify};

/// Queues of a device that are attacked.
const QUEUES: u16 = 4;

/// The memory that descriptors and rings are in.
#[repr(C, align(4096))]
struct Queue([AtomicU64; 1024]);
static QUEUE: Queue = Queue([const { AtomicU64::new(0) }; 1024]);

pub fn run(_: &Context<'_>) -> Tally {
    let mut tally = Tally::default();
    for function in functions() {
        let Some(device) = Device::of(&function) else {
            say!("attack: virtio {function}: without registers in memory");
            continue;
        };
        say!("attack: virtio {function}: registers at {:#x}", device.registers());
        for queue in 0..QUEUES {
            for case in &CASES {
                attack(&device, queue, case);
                tally.add(None);
            }
        }
        device.reset();
        probe_registers(&function, &mut tally);
    }
    tally
}

/// Every register of the device's regions, and behind them, with no regard for what it is.
fn probe_registers(function: &Function, tally: &mut Tally) {
    for kind in [COMMON, DEVICE, NOTIFY] {
        let Some(region) = function.region(kind) else { continue };
        Window::at(region.address);
        for offset in 0..256 {
            for value in [0, u64::MAX, 0x8000_0001] {
                region.write(offset, 4, value);
                region.write(offset, 1, value);
                tally.add(None);
            }
            core::hint::black_box(region.read(offset, 4));
        }
    }
}

/// Sets the device up with one queue as `case` has it, and notifies it.
fn attack(device: &Device, queue: u16, case: &Case) {
    fill(case);
    let base = (&raw const QUEUE) as u64;
    let place = |place, usual| match place {
        Place::Usual => base + usual,
        Place::At(address) => address,
    };
    let at = device.start(&Setup {
        queue,
        size: case.size,
        descriptors: place(case.descriptor_table, DESCRIPTORS),
        driver: place(case.driver_area, DRIVER),
        device: place(case.device_area, malformed::DEVICE),
    });
    notify(at, queue);
    notify(at, 0xffff);
}

/// Puts the descriptors and the driver's ring of `case` into memory.
fn fill(case: &Case) {
    QUEUE.0.iter().for_each(|word| word.store(0, Ordering::Relaxed));
    let base = (&raw const QUEUE) as u64;
    let put = |offset: u64, word: u64| {
        if let Some(place) = QUEUE.0.get(offset as usize / 8) {
            place.store(word, Ordering::Relaxed);
        }
    };
    for (at, descriptor) in (DESCRIPTORS..).step_by(16).zip(case.descriptors) {
        put(at, descriptor.address.unwrap_or(base + malformed::BUFFER));
        let flags = u64::from(descriptor.flags) << 32;
        put(at + 8, u64::from(descriptor.length) | flags | u64::from(descriptor.next) << 48);
    }
    // Flags, index, and the ring's first six entries, all the same.
    let head = u64::from(case.head);
    put(DRIVER, u64::from(case.index) << 16 | head << 32 | head << 48);
    put(DRIVER + 8, head | head << 16 | head << 32 | head << 48);
}
