//! A virtio device as a PCI function.

use cloister_device::{GuestMemory, Interrupts, Width};

use super::{
    COMMON, DEVICE, Device, INTERRUPT_STATUS, NOTIFY, NOTIFY_STEP, Virtio,
    layout::{MESSAGES_BAR, REGISTERS_BAR},
};
use crate::{
    Environment, Progress,
    pci::{Endpoint, Function},
};

impl<D: Device> Function for Virtio<D> {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn endpoint_mut(&mut self) -> &mut Endpoint {
        &mut self.endpoint
    }

    fn read_configuration(&mut self, offset: u8, width: Width) -> u32 {
        // The window reads at the length that the guest set, whatever part of it is asked for.
        if self.is_window(offset)
            && let Some(value) = self.read_window()
        {
            return value >> (8 * (offset & 3)) & width.mask() as u32;
        }
        self.endpoint.configuration().read(offset, width)
    }

    fn write_configuration<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        offset: u8,
        width: Width,
        value: u32,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        let was_master = self.endpoint.configuration().is_bus_master();
        self.endpoint.write(offset, width, value, environment.interrupts);
        if self.is_window(offset) && offset.is_multiple_of(4) {
            return self.write_window(value, environment);
        }
        // Kicks while it could not use memory were lost: look at everything.
        if !was_master && self.endpoint.configuration().is_bus_master() {
            return self.work(environment);
        }
        Progress::Done
    }

    fn read(&mut self, bar: usize, offset: u64, width: Width) -> u64 {
        match (bar, offset) {
            (REGISTERS_BAR, COMMON..INTERRUPT_STATUS) => self.read_common(offset, width),
            (REGISTERS_BAR, INTERRUPT_STATUS) => self.acknowledge().into(),
            (REGISTERS_BAR, DEVICE..NOTIFY) => self.device.read(offset - DEVICE, width),
            (MESSAGES_BAR, _) => self.endpoint.messages().read(offset, width),
            _ => 0,
        }
    }

    fn write<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        bar: usize,
        offset: u64,
        width: Width,
        value: u64,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        match (bar, offset) {
            (REGISTERS_BAR, NOTIFY..) => {
                return self.notify((offset - NOTIFY) / NOTIFY_STEP, environment);
            }
            (REGISTERS_BAR, COMMON..INTERRUPT_STATUS) => {
                return self.write_common(offset, width, value, environment);
            }
            (REGISTERS_BAR, DEVICE..) => self.device.write(offset - DEVICE, width, value),
            (MESSAGES_BAR, _) => {
                self.endpoint.write_messages(offset, width, value, environment.interrupts);
            }
            _ => {}
        }
        Progress::Done
    }

    fn process<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        self.work(environment)
    }
}
