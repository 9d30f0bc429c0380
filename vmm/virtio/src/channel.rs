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
//! | 0xc04 | 32 bits: the end that the guest has, 1 to write, 2 to read; writing tells the reader |
//!
//! The memory is base address register 2, of 64 bits. From Linux, a program maps `resource2` of
//! the device in sysfs; `uio_pci_generic` gives it the interrupt by the pin.

use cloister_device::{GuestMemory, Interrupts, Width};

use crate::{
    Environment, Progress,
    pci::{Bar, CHANNEL, Configuration, Endpoint, Function, Identity, VENDOR, Window},
};

/// Class: memory, other.
const CLASS: u32 = 0x05_80_00;
const REGISTERS_BAR: usize = 0;
const MEMORY_BAR: usize = 2;
const REGISTERS_SIZE: u64 = 0x1000;
/// The register that takes back the pin.
const ACKNOWLEDGE: u64 = 0xc00;
/// The register that says which end this is, and by which a writer tells the reader.
const BELL: u64 = 0xc04;

/// Tells the reader of a channel that the guest has written.
pub trait Bell {
    /// Tells it.
    fn ring(&mut self);
}

/// Which end of a channel a guest has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum End {
    /// The memory is writable for it.
    Writes = 1,
    /// The memory is read-only for it, and it hears of what the writer says.
    Reads = 2,
}

/// A channel's function.
#[derive(Clone, Debug)]
pub struct Channel<B> {
    endpoint: Endpoint,
    end: End,
    bell: B,
    /// A message to the guest is due.
    signalled: bool,
}

impl<B: Bell> Channel<B> {
    /// A function whose memory the guest sees at `memory`; `subsystem` tells the guest which of its
    /// channels this is. The size is a power of two of at least a page, and the address a multiple
    /// of it.
    #[must_use]
    pub fn new(memory: Window, end: End, subsystem: u16, bell: B) -> Self {
        let mut configuration = Configuration::new(&Identity {
            vendor: VENDOR,
            device: CHANNEL,
            revision: 1,
            class: CLASS,
            subsystem_vendor: VENDOR,
            subsystem,
        });
        configuration.set_bar(REGISTERS_BAR, Bar::registers(REGISTERS_SIZE));
        configuration.set_bar(MEMORY_BAR, Bar::fixed_memory(memory.base, memory.size));
        let endpoint = Endpoint::new(configuration, 1, REGISTERS_BAR as u8, 0);
        Self { endpoint, end, bell, signalled: false }
    }

    /// The other end signalled: the guest is interrupted by the next [`Function::process`].
    pub const fn signal(&mut self) {
        self.signalled = true;
    }
}

impl<B: Bell> Function for Channel<B> {
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
            (REGISTERS_BAR, BELL) => self.end as u64,
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
        match (bar, offset) {
            (REGISTERS_BAR, BELL) if self.end == End::Writes => self.bell.ring(),
            (REGISTERS_BAR, _) => {
                self.endpoint.write_messages(offset, width, value, environment.interrupts);
            }
            // A reader's write to the memory, which arrives nowhere.
            _ => {}
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
    use crate::pci::{Bus, Layout};

    const LAYOUT: Layout = Layout {
        ecam: 0xe000_0000,
        low: Window { base: 0xc000_0000, size: 0x1_0000 },
        high: Window { base: 0x80_0000_0000, size: 1 << 30 },
    };

    #[derive(Default)]
    struct Count(u32);

    impl Bell for Count {
        fn ring(&mut self) {
            self.0 += 1;
        }
    }

    fn bus(end: End) -> Bus<Channel<Count>, 4> {
        let mut bus = Bus::new(LAYOUT);
        let memory = Window { base: 0x80_1000_0000, size: 0x10_0000 };
        bus.insert(2, Channel::new(memory, end, 7, Count::default())).unwrap();
        bus
    }

    #[test]
    fn a_guest_finds_the_memory_and_hears_of_signals() {
        let memory = HostMemory::new(16);
        let mut recorder = Recorder::default();
        let mut environment = Environment { memory: &memory, interrupts: &mut recorder };
        let mut bus = bus(End::Reads);

        let at = LAYOUT.ecam + (2 << 15);
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
    #[test]
    fn a_writer_rings_and_a_reader_does_not() {
        let memory = HostMemory::new(16);
        let mut recorder = Recorder::default();
        let mut environment = Environment { memory: &memory, interrupts: &mut recorder };
        for (end, rings) in [(End::Writes, 2), (End::Reads, 0)] {
            let mut bus = bus(end);
            let _ = bus.write(LAYOUT.ecam + (2 << 15) + 4, Width::Two, 6, &mut environment);
            assert_eq!(bus.read(0xc000_0c04, Width::Four, &mut environment), end as u64);
            for (address, width) in [
                (0xc000_0c04, Width::Four),
                (0xc000_0c04, Width::One),
                (0xc000_0c08, Width::Four),
                (0x80_1000_0000, Width::Eight),
            ] {
                assert_eq!(bus.write(address, width, u64::MAX, &mut environment), Progress::Done);
            }
            assert_eq!(bus.look(2).unwrap().bell.0, rings);
        }
        assert!(recorder.0.is_empty());
    }
}
