//! The interrupt controllers of the first PCs: a pair of 8259A, the second on input 2 of the first.

mod chip;
#[cfg(test)]
mod tests;

use chip::Chip;

/// The command register of the first chip; its data register follows.
pub const FIRST_PORT: u16 = 0x20;
/// The command register of the second chip; its data register follows.
pub const SECOND_PORT: u16 = 0xa0;
/// Which inputs are level-triggered, one register for each chip (ELCR).
pub const TRIGGER_PORT: u16 = 0x4d0;

/// The first chip's input that the second drives.
const CASCADE: u8 = 2;
/// The input whose vector is given when a request has gone before it was acknowledged.
const SPURIOUS: u8 = 7;

/// The pair.
#[derive(Debug)]
pub struct Pic {
    first: Chip,
    second: Chip,
}

impl Default for Pic {
    fn default() -> Self {
        Self::new()
    }
}

impl Pic {
    /// Both chips with all inputs masked.
    #[must_use]
    pub const fn new() -> Self {
        // The timer, the keyboard, the cascade, the clock and the coprocessor are always edges.
        Self { first: Chip::new(0xf8), second: Chip::new(0xde) }
    }

    /// Sets the level of an input, 0 to 15; input 2 is the cascade and takes none.
    pub fn line(&mut self, input: u8, level: bool) {
        match input {
            CASCADE => {}
            0..8 => self.first.line(input, level),
            8..16 => self.second.line(input & 7, level),
            _ => {}
        }
        self.cascade();
    }

    /// The level of the interrupt output.
    #[must_use]
    pub fn pending(&self) -> bool {
        self.first.pending(self.nested()).is_some()
    }

    /// The processor acknowledges; the vector that it gets. If there is no request any more it is that
    /// of input 7, which then is not in service.
    pub fn acknowledge(&mut self) -> u8 {
        let vector = match self.first.pending(self.nested()) {
            Some(CASCADE) => {
                self.first.acknowledge(CASCADE);
                let request = self.second.pending(0);
                if let Some(input) = request {
                    self.second.acknowledge(input);
                }
                self.second.base() | request.unwrap_or(SPURIOUS)
            }
            Some(input) => {
                self.first.acknowledge(input);
                self.first.base() | input
            }
            None => self.first.base() | SPURIOUS,
        };
        self.cascade();
        vector
    }

    /// Reads one of the six ports; others read all ones.
    pub fn read(&mut self, port: u16) -> u8 {
        let value = match port {
            0x20 => self.first.read_command(),
            0x21 => self.first.read_data(),
            0xa0 => self.second.read_command(),
            0xa1 => self.second.read_data(),
            0x4d0 => self.first.level_triggered(),
            0x4d1 => self.second.level_triggered(),
            _ => 0xff,
        };
        self.cascade();
        value
    }

    /// Writes one of the six ports; others do nothing.
    pub fn write(&mut self, port: u16, value: u8) {
        match port {
            0x20 => self.first.write_command(value),
            0x21 => self.first.write_data(value),
            0xa0 => self.second.write_command(value),
            0xa1 => self.second.write_data(value),
            0x4d0 => self.first.set_level_triggered(value),
            0x4d1 => self.second.set_level_triggered(value),
            _ => {}
        }
        self.cascade();
    }

    /// The input of the first chip on which a second request passes one that is in service.
    fn nested(&self) -> u8 {
        if self.first.fully_nested() { 1 << CASCADE } else { 0 }
    }

    /// Carries the second chip's output to the first chip: it requests as long as the second has
    /// something that may interrupt.
    fn cascade(&mut self) {
        self.first.request(CASCADE, self.second.pending(0).is_some());
    }
}
