//! A channel of the policy as the guest sees it: a PCI function with the channel's memory behind a
//! base address register, and one interrupt.
//!
//! The nested page tables map the memory at the address that the register shows (writable or
//! read-only, as the policy says), so no access to it reaches the monitor, and the guest cannot
//! move it. Registers (base address register 0):
//!
//! | offset | what |
//! |---|---|
//! | 0x000 | table of messages (MSI-X), one entry |
//! | 0x800 | pending bits |
//! | 0xc00 | 32 bits: 1 while the pin is asserted; reading takes it back |
//!
//! The memory is base address register 2, of 64 bits. From Linux, a program maps `resource2` of
//! the device in sysfs; `uio_pci_generic` gives it the interrupt by the pin.

use cloister_device::{GuestMemory, Interrupts, Width};

use crate::{
    Environment, Progress,
    pci::{Bar, CHANNEL, Configuration, Endpoint, Function, Identity, VENDOR},
};

/// Class: memory, other.
const CLASS: u32 = 0x05_80_00;
const REGISTERS_BAR: usize = 0;
const MEMORY_BAR: usize = 2;
const REGISTERS_SIZE: u64 = 0x1000;
/// The register that takes back the pin.
const ACKNOWLEDGE: u64 = 0xc00;

/// A channel's function.
#[derive(Clone, Debug)]
pub struct Channel {
    endpoint: Endpoint,
    /// A message to the guest is due.
    signalled: bool,
}

impl Channel {
    /// A function whose memory of `size` bytes is mapped at `address`; `subsystem` tells the guest which
    /// of its channels this is. The size is a power of two of at least a page, and the address a
    /// multiple of it.
    #[must_use]
    pub fn new(address: u64, size: u64, subsystem: u16) -> Self {
        let mut configuration = Configuration::new(&Identity {
            vendor: VENDOR,
            device: CHANNEL,
            revision: 1,
            class: CLASS,
            subsystem_vendor: VENDOR,
            subsystem,
        });
        configuration.set_bar(REGISTERS_BAR, Bar::registers(REGISTERS_SIZE));
        configuration.set_bar(MEMORY_BAR, Bar::fixed_memory(address, size));
        let endpoint = Endpoint::new(configuration, 1, REGISTERS_BAR as u8, 0);
        Self { endpoint, signalled: false }
    }

    /// The other end signalled: the guest is interrupted by the next [`Function::process`].
    pub const fn signal(&mut self) {
        self.signalled = true;
    }
}

impl Function for Channel {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn endpoint_mut(&mut self) -> &mut Endpoint {
        &mut self.endpoint
    }

    fn read(&mut self, bar: usize, offset: u64, width: Width) -> u64 {
        match (bar, offset) {
            (REGISTERS_BAR, ACKNOWLEDGE) => {
                let asserted = self.endpoint.is_wanted();
                self.endpoint.assert(false);
                asserted.into()
            }
            (REGISTERS_BAR, _) => self.endpoint.messages().read(offset, width),
            _ => width.open_bus(),
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
        if bar == REGISTERS_BAR {
            self.endpoint.write_messages(offset, width, value, environment.interrupts);
        }
        Progress::Done
    }

    fn process<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        if core::mem::take(&mut self.signalled) {
            if self.endpoint.messages().is_enabled() {
                self.endpoint.raise(0, environment.interrupts);
            } else {
                self.endpoint.assert(true);
            }
        }
        Progress::Done
    }
}

#[cfg(test)]
mod tests {
    use cloister_device::{HostMemory, Raised, Recorder};

    use super::*;
    use crate::pci::{Bus, Layout, Window};

    #[test]
    fn a_guest_finds_the_memory_and_hears_of_signals() {
        let layout = Layout {
            ecam: 0xe000_0000,
            low: Window { base: 0xc000_0000, size: 0x1_0000 },
            high: Window { base: 0x80_0000_0000, size: 1 << 30 },
        };
        let memory = HostMemory::new(16);
        let mut recorder = Recorder::default();
        let mut environment = Environment { memory: &memory, interrupts: &mut recorder };
        let mut bus = Bus::<Channel, 4>::new(layout);
        bus.insert(2, Channel::new(0x80_1000_0000, 0x10_0000, 7)).unwrap();

        let at = layout.ecam + (2 << 15);
        assert_eq!(bus.read(at, Width::Four, &mut environment), 0x0002_1209);
        assert_eq!(bus.read(at + 0x2e, Width::Two, &mut environment), 7);
        assert_eq!(bus.read(at + 0x18, Width::Four, &mut environment), 0x1000_000c);
        let _ = bus.write(at + 0x18, Width::Four, 0, &mut environment);
        assert_eq!(bus.read(at + 0x1c, Width::Four, &mut environment), 0x80);
        assert_eq!(bus.read(at + 0x18, Width::Four, &mut environment), 0x1000_000c);

        let _ = bus.write(at + 4, Width::Two, 6, &mut environment);
        bus.function(2).unwrap().signal();
        assert_eq!(bus.process(&mut environment), Progress::Done);
        assert_eq!(bus.read(0xc000_0c00, Width::Four, &mut environment), 1);
        assert_eq!(bus.read(0xc000_0c00, Width::Four, &mut environment), 0);
        assert_eq!(recorder.0, [Raised::Line(18, true), Raised::Line(18, false)]);
    }
}
