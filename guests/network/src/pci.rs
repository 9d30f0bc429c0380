//! The machine's PCI bus, as `virtio-drivers` wants to see it.

use cloister_bare::pci;
use virtio_drivers::transport::pci::bus::{Command, ConfigurationAccess, DeviceFunction, PciRoot};

const INTERRUPT_LINE: u8 = 0x3c;

/// Configuration space by ports.
pub struct Ports;

impl ConfigurationAccess for Ports {
    fn read_word(&self, function: DeviceFunction, register: u8) -> u32 {
        place(function).read(register)
    }

    fn write_word(&mut self, function: DeviceFunction, register: u8, data: u32) {
        place(function).write(register, data);
    }

    unsafe fn unsafe_clone(&self) -> Self {
        Self
    }
}

fn place(function: DeviceFunction) -> pci::Function {
    let DeviceFunction { bus, device, function } = function;
    pci::Function { bus, device, function }
}

/// The device in a slot of bus 0, made to answer and to use memory, and the bus that it is on.
pub fn device(slot: u8) -> (PciRoot<Ports>, DeviceFunction) {
    let mut root = PciRoot::new(Ports);
    let device = DeviceFunction { bus: 0, device: slot, function: 0 };
    root.set_command(device, Command::MEMORY_SPACE | Command::BUS_MASTER);
    (root, device)
}

/// The input of the I/O APIC that the device's interrupts come by.
pub fn interrupt_input(device: DeviceFunction) -> u8 {
    place(device).read(INTERRUPT_LINE) as u8
}
