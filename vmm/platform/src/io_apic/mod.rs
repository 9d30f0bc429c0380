//! The I/O APIC with 24 inputs (Intel 82093AA data sheet; the end-of-interrupt register is that of
//! version 0x20, ICH data sheets).

mod entry;
#[cfg(test)]
mod tests;

use cloister_device::Width;

use crate::message::Message;
use entry::Entry;

/// Where its registers are in guest-physical memory.
pub const ADDRESS: u64 = 0xfec0_0000;
/// Bytes of its registers.
pub const SIZE: u64 = 0x1000;
/// How many inputs it has.
pub const INPUTS: u8 = 24;

/// Version 0x20, and the number of the last entry.
const VERSION: u32 = 0x20 | (INPUTS as u32 - 1) << 16;

/// Offsets of what the processor sees.
mod offset {
    pub(super) const SELECT: u64 = 0x00;
    pub(super) const WINDOW: u64 = 0x10;
    pub(super) const END_OF_INTERRUPT: u64 = 0x40;
}

/// Numbers of registers behind the window.
mod number {
    pub(super) const IDENTITY: u8 = 0;
    pub(super) const VERSION: u8 = 1;
    pub(super) const ARBITRATION: u8 = 2;
    pub(super) const FIRST_ENTRY: u8 = 0x10;
}

/// The I/O APIC. What it has to send is taken with [`IoApic::take_message`].
#[derive(Debug)]
pub struct IoApic {
    select: u8,
    identity: u32,
    entries: [Entry; INPUTS as usize],
    lines: u32,
    /// Inputs that have something to send.
    waiting: u32,
}

impl Default for IoApic {
    fn default() -> Self {
        Self::new()
    }
}

impl IoApic {
    /// All inputs masked.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            select: 0,
            identity: 0,
            entries: [Entry::MASKED; INPUTS as usize],
            lines: 0,
            waiting: 0,
        }
    }

    /// Sets whether an input is asserted; its polarity is that of the wire and changes nothing here.
    /// An edge at a masked input is lost, as the data sheet says.
    pub fn line(&mut self, input: u8, level: bool) {
        let Some(entry) = self.entries.get(usize::from(input)) else { return };
        let bit = 1 << input;
        if !level {
            self.lines &= !bit;
            return;
        }
        let edge = self.lines & bit == 0;
        self.lines |= bit;
        if entry.level_triggered() {
            self.assert_level(input);
        } else if edge && !entry.masked() {
            self.waiting |= bit;
        }
    }

    /// A local APIC has ended an interrupt that was level-triggered: inputs that are still asserted
    /// interrupt again.
    pub fn end_of_interrupt(&mut self, vector: u8) {
        for input in 0..INPUTS {
            if let Some(entry) = self.entries.get_mut(usize::from(input))
                && entry.end(vector)
            {
                self.assert_level(input);
            }
        }
    }

    /// What is to be sent next.
    pub fn take_message(&mut self) -> Option<Message> {
        // Each turn clears a bit.
        while self.waiting != 0 {
            let input = self.waiting.trailing_zeros();
            self.waiting &= self.waiting - 1;
            let asserted = self.lines & 1 << input != 0;
            if let Some(entry) = self.entries.get_mut(input as usize)
                && let Some(message) = entry.send(asserted)
            {
                return Some(message);
            }
        }
        None
    }

    /// Reads memory-mapped registers; what is none reads all ones.
    #[must_use]
    pub fn read(&self, offset: u64, width: Width) -> u64 {
        let value = match offset {
            offset::SELECT => self.select.into(),
            offset::WINDOW => self.read_register(),
            _ => u32::MAX,
        };
        u64::from(value) & width.mask()
    }

    /// Writes memory-mapped registers.
    pub fn write(&mut self, offset: u64, width: Width, value: u64) {
        let value = (value & width.mask()) as u32;
        match offset {
            offset::SELECT => self.select = value as u8,
            offset::WINDOW => self.write_register(value),
            offset::END_OF_INTERRUPT => self.end_of_interrupt(value as u8),
            _ => {}
        }
    }

    /// The entry that is selected, and whether its upper half is.
    fn selected(&self) -> (u8, bool) {
        let number = self.select.wrapping_sub(number::FIRST_ENTRY);
        (number >> 1, number & 1 != 0)
    }

    fn read_register(&self) -> u32 {
        match self.select {
            number::IDENTITY | number::ARBITRATION => self.identity,
            number::VERSION => VERSION,
            _ => {
                let (input, upper) = self.selected();
                self.entries.get(usize::from(input)).map_or(u32::MAX, |entry| entry.half(upper))
            }
        }
    }

    fn write_register(&mut self, value: u32) {
        if self.select == number::IDENTITY {
            self.identity = value & 0x0f00_0000;
            return;
        }
        let (input, upper) = self.selected();
        if let Some(entry) = self.entries.get_mut(usize::from(input)) {
            entry.set_half(upper, value);
            self.assert_level(input);
        }
    }

    /// A level-triggered input that is asserted, open and not in service has something to send.
    fn assert_level(&mut self, input: u8) {
        let bit = 1 << input;
        if self.lines & bit != 0
            && self.entries.get(usize::from(input)).is_some_and(|entry| entry.open_level())
        {
            self.waiting |= bit;
        }
    }
}
