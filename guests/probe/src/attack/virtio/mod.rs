//! Drives each virtio device that is there (virtio 1.2, chapters 2 and 4.1) with queues that break the
//! rules.

mod configuration;
mod malformed;

use core::sync::atomic::{AtomicU64, Ordering};

use configuration::{Function, Region};
use malformed::{CASES, Case, DESCRIPTORS, DRIVER, Place};

use super::{Context, Tally};
use crate::console::say;
use crate::paging::Window;

/// Queues of a device that are attacked.
const QUEUES: u16 = 4;
/// Reads of a device's status after a reset.
const PATIENCE: usize = 1000;

/// The memory that descriptors and rings are in.
#[repr(C, align(4096))]
struct Queue([AtomicU64; 1024]);
static QUEUE: Queue = Queue([const { AtomicU64::new(0) }; 1024]);

pub fn run(_: &Context<'_>) -> Tally {
    let mut tally = Tally::default();
    for function in configuration::functions() {
        let Some(common) = function.region(configuration::COMMON) else {
            say!("attack: virtio {function}: without registers in memory");
            continue;
        };
        let Some(notify) = function.region(configuration::NOTIFY) else { continue };
        say!("attack: virtio {function}: registers at {:#x}", common.address);
        let device = Device { common, notify, multiplier: function.notify_multiplier() };
        for queue in 0..QUEUES {
            for case in &CASES {
                device.attack(queue, case);
                tally.add(None);
            }
        }
        device.set_status(0);
        probe_registers(&function, &mut tally);
    }
    tally
}

/// Every register of the device's regions, and behind them, with no regard for what it is.
fn probe_registers(function: &Function, tally: &mut Tally) {
    for kind in [configuration::COMMON, configuration::DEVICE, configuration::NOTIFY] {
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

/// Offsets in the common configuration (virtio 1.2, section 4.1.4.3).
mod common {
    pub const DRIVER_FEATURE_SELECT: u64 = 8;
    pub const DRIVER_FEATURE: u64 = 12;
    pub const STATUS: u64 = 20;
    pub const QUEUE_SELECT: u64 = 22;
    pub const QUEUE_SIZE: u64 = 24;
    pub const QUEUE_ENABLE: u64 = 28;
    pub const QUEUE_NOTIFY_OFFSET: u64 = 30;
    pub const QUEUE_DESCRIPTORS: u64 = 32;
    pub const QUEUE_DRIVER: u64 = 40;
    pub const QUEUE_DEVICE: u64 = 48;
}

struct Device {
    common: Region,
    notify: Region,
    multiplier: u32,
}

impl Device {
    fn set_status(&self, status: u64) {
        self.common.write(common::STATUS, 1, status);
        if status == 0 {
            // A device says zero once it has been reset; bounded for one that never does.
            let _ = (0..PATIENCE).find(|_| self.common.read(common::STATUS, 1) == 0);
        }
    }

    /// Sets the device up with one queue as `case` has it, and notifies it.
    fn attack(&self, queue: u16, case: &Case) {
        const ACKNOWLEDGE_DRIVER: u64 = 3;
        const FEATURES_OK: u64 = 8;
        const DRIVER_OK: u64 = 4;
        Window::at(self.common.address);
        self.set_status(0);
        self.set_status(ACKNOWLEDGE_DRIVER);
        // VIRTIO_F_VERSION_1 only: no indirect descriptors, no event indices.
        for (select, features) in [(0, 0), (1, 1)] {
            self.common.write(common::DRIVER_FEATURE_SELECT, 4, select);
            self.common.write(common::DRIVER_FEATURE, 4, features);
        }
        self.set_status(ACKNOWLEDGE_DRIVER | FEATURES_OK);
        self.common.write(common::QUEUE_SELECT, 2, queue.into());
        fill(case);
        self.common.write(common::QUEUE_SIZE, 2, case.size.into());
        let base = (&raw const QUEUE) as u64;
        let parts = [
            (common::QUEUE_DESCRIPTORS, case.descriptor_table, DESCRIPTORS),
            (common::QUEUE_DRIVER, case.driver_area, DRIVER),
            (common::QUEUE_DEVICE, case.device_area, malformed::DEVICE),
        ];
        for (offset, place, usual) in parts {
            let address = match place {
                Place::Usual => base + usual,
                Place::At(address) => address,
            };
            self.common.write(offset, 4, address & 0xffff_ffff);
            self.common.write(offset + 4, 4, address >> 32);
        }
        self.common.write(common::QUEUE_ENABLE, 2, 1);
        self.set_status(ACKNOWLEDGE_DRIVER | FEATURES_OK | DRIVER_OK);
        let offset = self.common.read(common::QUEUE_NOTIFY_OFFSET, 2);
        Window::at(self.notify.address);
        let at = offset.wrapping_mul(self.multiplier.into());
        self.notify.write(at, 2, queue.into());
        self.notify.write(at, 2, 0xffff);
    }
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
