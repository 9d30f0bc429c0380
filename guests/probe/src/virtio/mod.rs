//! Virtio devices on PCI (virtio 1.2, chapters 2 and 4.1), as far as an attack and a measurement need
//! them: one queue at a time, no interrupts.

mod configuration;
pub mod queue;

use cloister_bare::paging::Window;

pub use configuration::{COMMON, DEVICE, Function, NOTIFY, Region, functions};

/// Reads of a device's status after a reset.
const PATIENCE: usize = 1000;

/// Bits of a device's status (virtio 1.2, section 2.1).
mod status {
    pub const ACKNOWLEDGE_DRIVER: u64 = 3;
    pub const DRIVER_OK: u64 = 4;
    pub const FEATURES_OK: u64 = 8;
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

/// A device.
pub struct Device {
    common: Region,
    notify: Region,
    multiplier: u32,
}

/// One of a device's queues: where its driver says where things are.
#[derive(Clone, Copy)]
pub struct Setup {
    /// The queue's number.
    pub queue: u16,
    /// Entries that the driver says it has.
    pub size: u16,
    /// Physical address of the descriptors.
    pub descriptors: u64,
    /// Physical address of the ring that the driver writes.
    pub driver: u64,
    /// Physical address of the ring that the device writes.
    pub device: u64,
}

impl Device {
    /// The device of a function, if its registers are in memory.
    pub fn of(function: &Function) -> Option<Self> {
        Some(Self {
            common: function.region(COMMON)?,
            notify: function.region(NOTIFY)?,
            multiplier: function.notify_multiplier(),
        })
    }

    /// Where its registers are.
    pub fn registers(&self) -> u64 {
        self.common.address
    }

    /// Resets it.
    pub fn reset(&self) {
        Window::at(self.common.address);
        self.set_status(0);
        // A device says zero once it has been reset; bounded for one that never does.
        let _ = (0..PATIENCE).find(|_| self.common.read(common::STATUS, 1) == 0);
    }

    /// Resets it, sets it up with one queue, and gives where that queue is notified. The window is there
    /// afterwards.
    pub fn start(&self, setup: &Setup) -> u64 {
        self.reset();
        self.set_status(status::ACKNOWLEDGE_DRIVER);
        // VIRTIO_F_VERSION_1 only: no indirect descriptors, no event indices.
        for (select, features) in [(0, 0), (1, 1)] {
            self.common.write(common::DRIVER_FEATURE_SELECT, 4, select);
            self.common.write(common::DRIVER_FEATURE, 4, features);
        }
        self.set_status(status::ACKNOWLEDGE_DRIVER | status::FEATURES_OK);
        self.common.write(common::QUEUE_SELECT, 2, setup.queue.into());
        self.common.write(common::QUEUE_SIZE, 2, setup.size.into());
        for (offset, address) in [
            (common::QUEUE_DESCRIPTORS, setup.descriptors),
            (common::QUEUE_DRIVER, setup.driver),
            (common::QUEUE_DEVICE, setup.device),
        ] {
            self.common.write(offset, 4, address & 0xffff_ffff);
            self.common.write(offset + 4, 4, address >> 32);
        }
        self.common.write(common::QUEUE_ENABLE, 2, 1);
        self.set_status(status::ACKNOWLEDGE_DRIVER | status::FEATURES_OK | status::DRIVER_OK);
        let offset = self.common.read(common::QUEUE_NOTIFY_OFFSET, 2);
        Window::at(self.notify.address);
        self.notify.address.wrapping_add(offset.wrapping_mul(self.multiplier.into()))
    }

    fn set_status(&self, status: u64) {
        self.common.write(common::STATUS, 1, status);
    }
}

/// Notifies a queue at the address that [`Device::start`] gave.
pub fn notify(address: u64, queue: u16) {
    Region { address }.write(0, 2, queue.into());
}
