//! A machine with one device, enumerated by the driver crate.

use std::{cell::RefCell, rc::Rc};

use cloister_device::{Recorder, Width};
use cloister_virtio::{
    Environment, Progress,
    pci::{Bus, Layout, Window},
    transport::{Device, Virtio},
};
use virtio_drivers::transport::pci::bus::{ConfigurationAccess, DeviceFunction};

use crate::arena::Arena;

pub const LAYOUT: Layout = Layout {
    ecam: 0xe000_0000,
    low: Window { base: 0xc000_0000, size: 0x10_0000 },
    high: Window { base: 0x80_0000_0000, size: 1 << 36 },
};

/// The slot of the device.
pub const SLOT: usize = 3;

struct Parts<D> {
    bus: Bus<Virtio<D>, 4>,
    recorder: Recorder,
}

/// A bus that both the test and the driver hold.
pub struct Machine<D>(Rc<RefCell<Parts<D>>>);

impl<D> Clone for Machine<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Device> Machine<D> {
    pub fn new(device: D) -> Self {
        let mut bus = Bus::new(LAYOUT);
        bus.insert(SLOT, Virtio::new(device)).expect("room");
        Self(Rc::new(RefCell::new(Parts { bus, recorder: Recorder::default() })))
    }

    pub fn read(&self, address: u64, width: Width) -> u64 {
        let Parts { bus, recorder } = &mut *self.0.borrow_mut();
        bus.read(address, width, &mut Environment { memory: &Arena, interrupts: recorder })
    }

    /// Writes, and lets the device go on until it is done.
    pub fn write(&self, address: u64, width: Width, value: u64) {
        let Parts { bus, recorder } = &mut *self.0.borrow_mut();
        let mut environment = Environment { memory: &Arena, interrupts: recorder };
        let mut progress = bus.write(address, width, value, &mut environment);
        while progress == Progress::More {
            progress = bus.process(&mut environment);
        }
    }

    /// Does something with the device, then lets it go on.
    pub fn with<T>(&self, act: impl FnOnce(&mut D) -> T) -> T {
        let Parts { bus, recorder } = &mut *self.0.borrow_mut();
        let result = act(bus.function(SLOT).expect("the device").device());
        let mut environment = Environment { memory: &Arena, interrupts: recorder };
        while bus.process(&mut environment) == Progress::More {}
        result
    }

    /// How many interrupts there were.
    pub fn interrupts(&self) -> usize {
        self.0.borrow().recorder.0.len()
    }
}

fn place(function: DeviceFunction, offset: u8) -> u64 {
    LAYOUT.ecam
        + (u64::from(function.bus) << 20)
        + (u64::from(function.device) << 15)
        + (u64::from(function.function) << 12)
        + u64::from(offset)
}

impl<D: Device> ConfigurationAccess for Machine<D> {
    fn read_word(&self, function: DeviceFunction, offset: u8) -> u32 {
        self.read(place(function, offset), Width::Four) as u32
    }

    fn write_word(&mut self, function: DeviceFunction, offset: u8, data: u32) {
        self.write(place(function, offset), Width::Four, data.into());
    }

    unsafe fn unsafe_clone(&self) -> Self {
        self.clone()
    }
}
