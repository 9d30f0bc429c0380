//! MSI-X: the table of messages and the pending bits (PCI Local Bus Specification 3.0, section 6.8.2).

use cloister_device::{Interrupts, Width};

use crate::bytes::part;

/// Entries of a table at most.
pub const VECTORS: usize = 4;
/// Number of the capability.
pub(crate) const CAPABILITY: u8 = 0x11;
/// Message control, bit 15: messages are used, the pin is not.
const ENABLE: u16 = 1 << 15;
/// Message control, bit 14: all messages wait.
const FUNCTION_MASK: u16 = 1 << 14;
/// The bits of message control that the guest can write.
pub(crate) const CONTROL_WRITABLE: u16 = ENABLE | FUNCTION_MASK;
/// Offset of the pending bits from the table.
const PENDING: u64 = 0x800;
/// Bytes from the table's first to the end of the pending bits.
const SIZE: u64 = 0x1000;

#[derive(Clone, Copy, Debug)]
struct Entry {
    address: u64,
    data: u32,
    masked: bool,
}

/// A table of messages, each for one cause of interrupts.
#[derive(Clone, Debug)]
pub struct MsiX {
    entries: [Entry; VECTORS],
    count: usize,
    pending: u64,
    enabled: bool,
    masked: bool,
    bus_master: bool,
}

impl MsiX {
    /// Bytes of memory that table and pending bits take.
    pub const SIZE: u64 = SIZE;

    /// A table of up to [`VECTORS`] entries, all masked.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self {
            entries: [Entry { address: 0, data: 0, masked: true }; VECTORS],
            count: count.min(VECTORS),
            pending: 0,
            enabled: false,
            masked: false,
            bus_master: false,
        }
    }

    /// How many entries there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Whether the guest chose messages, so that the pin stays down.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The body of the capability: control, then where table and pending bits are. `offset` is a
    /// multiple of 8.
    pub(crate) fn capability(&self, bar: u8, offset: u32) -> [u8; 10] {
        let control = (self.count.saturating_sub(1) as u16).to_le_bytes();
        let table = (offset | u32::from(bar)).to_le_bytes();
        let pending = ((offset + PENDING as u32) | u32::from(bar)).to_le_bytes();
        let mut body = [0; 10];
        let parts = control.into_iter().chain(table).chain(pending);
        body.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        body
    }

    /// Takes over the message control register and the right to use memory.
    pub(crate) fn control<I: Interrupts + ?Sized>(
        &mut self,
        control: u16,
        bus_master: bool,
        interrupts: &mut I,
    ) {
        self.enabled = control & ENABLE != 0 && self.count > 0;
        self.masked = control & FUNCTION_MASK != 0;
        self.bus_master = bus_master;
        self.deliver(interrupts);
    }

    /// Sends a message, or remembers it while it is masked. A vector that is not in the table (as
    /// `NO_VECTOR` of virtio) sends nothing.
    pub fn raise<I: Interrupts + ?Sized>(&mut self, vector: u16, interrupts: &mut I) {
        let index = usize::from(vector);
        if !self.enabled || index >= self.count {
            return;
        }
        match self.entries.get(index) {
            Some(entry) if !self.masked && !entry.masked && self.bus_master => {
                interrupts.message(entry.address, entry.data);
            }
            _ => self.pending |= 1 << index,
        }
    }

    /// Sends what waited and no longer has to.
    fn deliver<I: Interrupts + ?Sized>(&mut self, interrupts: &mut I) {
        if self.pending == 0 || !self.enabled || self.masked || !self.bus_master {
            return;
        }
        for (index, entry) in self.entries.iter().enumerate() {
            if self.pending & 1 << index != 0 && !entry.masked {
                self.pending &= !(1 << index);
                interrupts.message(entry.address, entry.data);
            }
        }
    }

    /// Reads table or pending bits.
    #[must_use]
    pub fn read(&self, offset: u64, width: Width) -> u64 {
        if offset >= PENDING {
            return part(self.pending, PENDING, Width::Eight, offset, width).unwrap_or(0);
        }
        let Some(entry) = self.entries.iter().take(self.count).nth((offset / 16) as usize) else {
            return 0;
        };
        let control = u64::from(entry.data) | u64::from(entry.masked) << 32;
        part(entry.address, 0, Width::Eight, offset % 16, width)
            .or_else(|| part(control, 8, Width::Eight, offset % 16, width))
            .unwrap_or(0)
    }

    /// Writes the table, in whole and aligned 32-bit or 64-bit parts; the rest is read-only.
    pub fn write<I: Interrupts + ?Sized>(
        &mut self,
        offset: u64,
        width: Width,
        value: u64,
        interrupts: &mut I,
    ) {
        let index = (offset / 16) as usize;
        if !offset.is_multiple_of(width.bytes()) || index >= self.count {
            return;
        }
        let Some(entry) = self.entries.get_mut(index) else { return };
        match (offset % 16, width) {
            (0, Width::Four) => entry.address = entry.address & !0xffff_ffff | value & 0xffff_ffff,
            (4, Width::Four) => entry.address = entry.address & 0xffff_ffff | value << 32,
            (8, Width::Four) => entry.data = value as u32,
            (12, Width::Four) => entry.masked = value & 1 != 0,
            (0, Width::Eight) => entry.address = value,
            (8, Width::Eight) => {
                entry.data = value as u32;
                entry.masked = value >> 32 & 1 != 0;
            }
            _ => return,
        }
        self.deliver(interrupts);
    }
}

#[cfg(test)]
mod tests {
    use cloister_device::{Raised, Recorder};

    use super::*;

    fn table() -> (MsiX, Recorder) {
        let (mut table, mut recorder) = (MsiX::new(2), Recorder::default());
        table.control(ENABLE, true, &mut recorder);
        for (offset, value) in [(16, 0xfee0_1000), (20, 1), (24, 0x4041), (28, 0)] {
            table.write(offset, Width::Four, value, &mut recorder);
        }
        (table, recorder)
    }

    #[test]
    fn an_unmasked_message_is_sent_at_once() {
        let (mut table, mut recorder) = table();
        table.raise(1, &mut recorder);
        assert_eq!(recorder.0, [Raised::Message(0x1_fee0_1000, 0x4041)]);
        assert_eq!(table.read(16, Width::Eight), 0x1_fee0_1000);
        assert_eq!(table.read(26, Width::Two), 0);
        assert_eq!(table.read(12, Width::Four), 1, "masked from the start");
    }

    #[test]
    fn a_masked_message_waits_and_is_sent_once() {
        let (mut table, mut recorder) = table();
        table.write(28, Width::Four, 1, &mut recorder);
        table.raise(1, &mut recorder);
        table.raise(1, &mut recorder);
        assert_eq!((recorder.0.len(), table.read(PENDING, Width::Four)), (0, 2));
        table.write(28, Width::Four, 0, &mut recorder);
        assert_eq!((recorder.0.len(), table.read(PENDING, Width::Four)), (1, 0));
    }

    #[test]
    fn a_masked_function_and_one_that_is_no_bus_master_wait() {
        for (control, bus_master) in [(ENABLE | FUNCTION_MASK, true), (ENABLE, false)] {
            let (mut table, mut recorder) = table();
            table.control(control, bus_master, &mut recorder);
            table.raise(1, &mut recorder);
            assert!(recorder.0.is_empty());
            table.control(ENABLE, true, &mut recorder);
            assert_eq!(recorder.0.len(), 1);
        }
    }

    #[test]
    fn what_is_not_in_the_table_sends_nothing() {
        let (mut table, mut recorder) = table();
        for vector in [2, 3, 64, 0xffff] {
            table.raise(vector, &mut recorder);
        }
        table.write(32, Width::Four, 7, &mut recorder);
        table.write(17, Width::Four, 7, &mut recorder);
        assert!(recorder.0.is_empty() && table.read(32, Width::Eight) == 0);
        assert_eq!(table.read(16, Width::Four), 0xfee0_1000);
    }
}
