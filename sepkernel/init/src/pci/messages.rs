//! How a function interrupts: by messages, of which it is told here, for good, what they are (PCI Local Bus 3.0, section
//! 6.8). No message passes but those that were made for the function, whatever it is told later.

use cloister_hardware::layout::PAGE;
use cloister_model::iommu::MESSAGES;

use super::configuration::{capability, change, read, write};
use super::{Function, MSI, MSI_X};

/// Bytes of an entry of a table of messages.
const ENTRY: u64 = 16;

/// The messages of a function.
#[derive(Clone, Copy)]
pub struct Messages {
    /// The register of their capability.
    at: u8,
    /// How many are used.
    pub count: u32,
    /// The physical address of their table, if they are in one: in one page.
    pub table: Option<u64>,
}

impl Function {
    /// Its messages, if it has any that can be used.
    pub fn messages(&self) -> Option<Messages> {
        let Some(at) = capability(self.place, MSI_X) else {
            let one = |at| Messages { at, count: 1, table: None };
            return capability(self.place, MSI).map(one);
        };
        let place = read(self.place, at + 4);
        let registers = self.memory.get((place & 7) as usize)?;
        let table = registers.start + u64::from(place & !7);
        let count = ((read(self.place, at) >> 16 & 0x7ff) + 1).min(MESSAGES);
        let end = table + u64::from(count) * ENTRY;
        let is_there = end <= registers.end && end - table / PAGE * PAGE <= PAGE;
        is_there.then_some(Messages { at, count, table: Some(table) })
    }

    /// Switches its messages on: what each is to write where. A table has to be mapped to itself.
    pub fn send(&self, messages: Messages, message: impl Fn(u32) -> (u64, u32)) {
        let Messages { at, count, table } = messages;
        let Some(table) = table else {
            let (address, data) = message(0);
            // Where addresses have 64 bits, the data is behind the upper half.
            let wide = read(self.place, at) >> 23 & 1 == 1;
            write(self.place, at + 4, address as u32);
            write(self.place, at + 8, if wide { 0 } else { data });
            if wide {
                write(self.place, at + 12, data);
            }
            return change(self.place, at, 0b111 << 20, 1 << 16);
        };
        for number in 0..count {
            let (address, data) = message(number);
            let entry = (table + u64::from(number) * ENTRY) as *mut u32;
            for (word, value) in [address as u32, 0, data, 0].into_iter().enumerate() {
                // SAFETY: the table is mapped. What it holds makes the function write where interrupt
                // messages are, and all but its own are refused there.
                unsafe { entry.wrapping_add(word).write_volatile(value) };
            }
        }
        change(self.place, at, 1 << 30, 1 << 31);
    }
}
