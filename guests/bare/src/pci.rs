//! PCI's configuration space, by configuration mechanism 1 (PCI Local Bus 3.0, section 3.2.2.3.2).

use crate::instructions::{input_long, output_long};

const ADDRESS_PORT: u16 = 0xcf8;
const DATA_PORT: u16 = 0xcfc;
const ENABLED: u32 = 1 << 31;

/// A function of the machine's, which may be none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Function {
    /// The bus.
    pub bus: u8,
    /// The device on the bus, below 32.
    pub device: u8,
    /// The device's function, below 8.
    pub function: u8,
}

impl Function {
    fn select(self, register: u8) {
        let device = u32::from(self.device & 0x1f) << 11 | u32::from(self.function & 7) << 8;
        let place = u32::from(self.bus) << 16 | device;
        output_long(ADDRESS_PORT, ENABLED | place | u32::from(register & 0xfc));
    }

    /// Reads the four bytes that hold `register`; all ones where there is no function.
    pub fn read(self, register: u8) -> u32 {
        self.select(register);
        input_long(DATA_PORT)
    }

    /// Writes the four bytes that hold `register`.
    pub fn write(self, register: u8, value: u32) {
        self.select(register);
        output_long(DATA_PORT, value);
    }
}
