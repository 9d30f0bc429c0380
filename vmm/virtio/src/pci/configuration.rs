//! The configuration space of a function (PCI Local Bus Specification 3.0, section 6.1 and 6.2).

use cloister_device::Width;

use super::Bar;
use crate::bytes;

/// Offset of the command register.
pub(crate) const COMMAND: u8 = 0x04;
const STATUS: usize = 0x06;
const FIRST_BAR: usize = 0x10;
const CAPABILITIES_POINTER: usize = 0x34;
const INTERRUPT_LINE: usize = 0x3c;
const INTERRUPT_PIN: usize = 0x3d;
/// Base address registers of a function.
const BARS: usize = 6;

/// Command: the function answers to its memory addresses.
const MEMORY_SPACE: u64 = 1 << 1;
/// Command: the function may read and write memory and send messages.
const BUS_MASTER: u64 = 1 << 2;
/// Command: the function does not assert its interrupt pin.
const INTERRUPT_DISABLE: u64 = 1 << 10;
/// Status: the function wants its interrupt pin asserted.
const INTERRUPT_STATUS: u8 = 1 << 3;
/// Status: there is a list of capabilities.
const CAPABILITIES_LIST: u8 = 1 << 4;

/// Who a function is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity {
    /// Vendor.
    pub vendor: u16,
    /// Device.
    pub device: u16,
    /// Revision.
    pub revision: u8,
    /// Base class, subclass and programming interface, in 24 bits.
    pub class: u32,
    /// Subsystem vendor.
    pub subsystem_vendor: u16,
    /// Subsystem.
    pub subsystem: u16,
}

/// The 256 bytes of a conventional function's configuration space.
#[derive(Clone, Debug)]
pub struct Configuration {
    bytes: [u8; 256],
    /// The bits that the guest can write.
    writable: [u8; 256],
    bars: [Option<Bar>; BARS],
    /// Where the number of the next capability's offset goes, and that offset.
    next_capability: (u8, u8),
}

impl Configuration {
    /// A function without memory and capabilities, of header type 0, alone in its slot.
    #[must_use]
    pub fn new(identity: &Identity) -> Self {
        let mut this = Self {
            bytes: [0; 256],
            writable: [0; 256],
            bars: [None; BARS],
            next_capability: (CAPABILITIES_POINTER as u8, 0x40),
        };
        let fields = [
            (0x00, identity.vendor, 0),
            (0x02, identity.device, 0),
            (COMMAND.into(), 0, (MEMORY_SPACE | BUS_MASTER | INTERRUPT_DISABLE) as u16),
            (0x08, u16::from_le_bytes([identity.revision, identity.class as u8]), 0),
            (0x0a, (identity.class >> 8) as u16, 0),
            (0x0c, 0, 0x00ff),
            (0x2c, identity.subsystem_vendor, 0),
            (0x2e, identity.subsystem, 0),
            (INTERRUPT_LINE, 0, 0x00ff),
        ];
        for (offset, value, writable) in fields {
            this.set(offset, &value.to_le_bytes());
            this.allow(offset, &u16::to_le_bytes(writable));
        }
        this
    }

    fn set(&mut self, offset: usize, value: &[u8]) {
        self.bytes.iter_mut().skip(offset).zip(value).for_each(|(byte, &value)| *byte = value);
    }

    fn allow(&mut self, offset: usize, bits: &[u8]) {
        self.writable.iter_mut().skip(offset).zip(bits).for_each(|(byte, &bits)| *byte = bits);
    }

    /// Gives the function memory at a base address register; a wide one takes the next register too.
    pub fn set_bar(&mut self, index: usize, bar: Bar) {
        if let Some(place) = self.bars.get_mut(index) {
            *place = Some(bar);
        }
    }

    /// Makes the function use interrupt pin A, which arrives at an interrupt number.
    pub(crate) fn set_interrupt(&mut self, line: u8) {
        self.set(INTERRUPT_LINE, &[line]);
        self.set(INTERRUPT_PIN, &[1]);
    }

    /// Adds a capability, which begins with its number; `body` is what follows the pointer to the
    /// next, and `writable` the bits of it that the guest can write (zeros where it ends early).
    /// Returns the capability's offset, or `None` when the 256 bytes are full.
    pub fn add_capability(&mut self, id: u8, body: &[u8], writable: &[u8]) -> Option<u8> {
        let (pointer, offset) = self.next_capability;
        let end = usize::from(offset).checked_add(2 + body.len())?.next_multiple_of(4);
        if end > self.bytes.len() {
            return None;
        }
        self.set(pointer.into(), &[offset]);
        self.set(offset.into(), &[id, 0]);
        self.set(usize::from(offset) + 2, body);
        self.allow(usize::from(offset) + 2, writable);
        self.set(STATUS, &[CAPABILITIES_LIST]);
        // The last place of all is full when the offset no longer fits; nothing is added then.
        self.next_capability = (offset.wrapping_add(1), u8::try_from(end).unwrap_or(u8::MAX));
        Some(offset)
    }

    /// Reads a register; what crosses a double word reads as all ones.
    #[must_use]
    pub fn read(&self, offset: u8, width: Width) -> u32 {
        if !is_whole(offset, width) {
            return width.open_bus() as u32;
        }
        match self.bar_register(offset) {
            Some((Some(bar), upper)) => {
                let base = u64::from(offset & !3);
                let register = u64::from(bar.read(upper));
                bytes::part(register, base, Width::Four, offset.into(), width).unwrap_or(0) as u32
            }
            Some((None, _)) => 0,
            None => bytes::load(&self.bytes, offset.into(), width).unwrap_or(0) as u32,
        }
    }

    /// Writes a register, as far as it can be written; what crosses a double word is lost.
    pub fn write(&mut self, offset: u8, width: Width, value: u32) {
        if !is_whole(offset, width) {
            return;
        }
        if let Some((bar, upper)) = self.bar_register(offset) {
            let mut register = bar.map_or(0, |bar| bar.read(upper)).to_le_bytes();
            bytes::store(&mut register, usize::from(offset & 3), width, value.into());
            if let Some(bar) = self.bar_of_register(offset) {
                bar.write(upper, u32::from_le_bytes(register));
            }
            return;
        }
        let fields = self.bytes.iter_mut().zip(&self.writable).skip(offset.into());
        let written = value.to_le_bytes().into_iter().take(width.bytes() as usize);
        for ((byte, &writable), value) in fields.zip(written) {
            *byte = *byte & !writable | value & writable;
        }
    }

    /// The base address register at an offset, and whether it is the upper half of one.
    fn bar_register(&self, offset: u8) -> Option<(Option<&Bar>, bool)> {
        let index = usize::from(offset).checked_sub(FIRST_BAR)? / 4;
        if let Some(Some(below)) = index.checked_sub(1).and_then(|below| self.bars.get(below))
            && below.is_wide()
        {
            return Some((Some(below), true));
        }
        Some((self.bars.get(index)?.as_ref(), false))
    }

    fn bar_of_register(&mut self, offset: u8) -> Option<&mut Bar> {
        let upper = self.bar_register(offset)?.1;
        let index = usize::from(offset).checked_sub(FIRST_BAR)? / 4;
        self.bars.get_mut(index.checked_sub(usize::from(upper))?)?.as_mut()
    }

    /// Its base address registers.
    pub fn bars(&self) -> impl Iterator<Item = (usize, &Bar)> {
        self.bars.iter().enumerate().filter_map(|(index, bar)| Some((index, bar.as_ref()?)))
    }

    pub(crate) fn bars_mut(&mut self) -> impl Iterator<Item = &mut Bar> {
        self.bars.iter_mut().flatten()
    }

    fn command(&self) -> u64 {
        bytes::load(&self.bytes, COMMAND.into(), Width::Two).unwrap_or(0)
    }

    /// Whether the guest lets it answer to memory addresses.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.command() & MEMORY_SPACE != 0
    }

    /// Whether the guest lets it use memory and send messages.
    #[must_use]
    pub fn is_bus_master(&self) -> bool {
        self.command() & BUS_MASTER != 0
    }

    /// Whether the guest lets it assert its pin.
    #[must_use]
    pub fn may_assert(&self) -> bool {
        self.command() & INTERRUPT_DISABLE == 0
    }

    /// Shows in the status register whether the function wants its pin asserted.
    pub(crate) fn show_interrupt(&mut self, wanted: bool) {
        if let Some(status) = self.bytes.get_mut(STATUS) {
            *status = *status & !INTERRUPT_STATUS | if wanted { INTERRUPT_STATUS } else { 0 };
        }
    }
}

/// Whether an access lies in one double word, as the bus can carry it.
fn is_whole(offset: u8, width: Width) -> bool {
    u64::from(offset & 3) + width.bytes() <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function() -> Configuration {
        Configuration::new(&Identity {
            vendor: 0x1af4,
            device: 0x1042,
            revision: 1,
            class: 0x01_80_00,
            subsystem_vendor: 0x1af4,
            subsystem: 0x40,
        })
    }

    #[test]
    fn the_header_says_who_it_is() {
        let function = function();
        assert_eq!(function.read(0, Width::Four), 0x1042_1af4);
        assert_eq!(function.read(8, Width::Four), 0x0180_0001);
        assert_eq!(function.read(0xb, Width::One), 1);
        assert_eq!(function.read(0x2c, Width::Four), 0x0040_1af4);
        assert_eq!(function.read(3, Width::Two), 0xffff);
        assert_eq!(function.read(0, Width::Eight), u32::MAX);
    }

    #[test]
    fn only_writable_bits_are_written() {
        let mut function = function();
        for offset in (0..=255).step_by(4) {
            function.write(offset, Width::Four, u32::MAX);
        }
        assert_eq!(function.read(0, Width::Four), 0x1042_1af4);
        assert_eq!(function.read(4, Width::Four), 0x0000_0406);
        assert_eq!(function.read(0x10, Width::Four), 0, "a register that is not there");
        assert_eq!(function.read(0x3c, Width::Four), 0xff);
    }

    #[test]
    fn capabilities_form_a_list_until_the_space_is_full() {
        let mut function = function();
        assert_eq!(function.read(6, Width::Two), 0);
        assert_eq!(function.add_capability(9, &[5, 1, 2], &[]), Some(0x40));
        assert_eq!(function.add_capability(0x11, &[1, 0, 3, 0, 0, 0], &[0, 0xc0]), Some(0x48));
        assert_eq!(function.read(6, Width::Two), 0x10);
        assert_eq!(function.read(0x34, Width::One), 0x40);
        assert_eq!(function.read(0x40, Width::Four), 0x0105_4809);
        assert_eq!(function.read(0x48, Width::Two), 0x0011);
        function.write(0x48, Width::Four, u32::MAX);
        assert_eq!(function.read(0x48, Width::Four), 0xc001_0011);
        assert_eq!(function.add_capability(9, &[0; 200], &[]), None);
        while function.add_capability(9, &[0; 2], &[]).is_some() {}
        assert_eq!(function.add_capability(9, &[], &[]), None);
    }

    #[test]
    fn wide_registers_take_two_places() {
        let mut function = function();
        function.set_bar(0, Bar::registers(0x1000));
        function.set_bar(4, Bar::memory(0x10_0000));
        function.write(0x20, Width::Four, 0x2010_0000);
        function.write(0x24, Width::Four, 0x3);
        function.write(0x26, Width::One, 0x1);
        assert_eq!(function.read(0x20, Width::Four), 0x2010_000c);
        assert_eq!(function.read(0x24, Width::Four), 0x1_0003);
        function.write(0x11, Width::One, 0xab);
        assert_eq!(function.read(0x10, Width::Two), 0xa000);
        assert_eq!(function.bars().map(|(index, _)| index).collect::<std::vec::Vec<_>>(), [0, 4]);
    }
}
