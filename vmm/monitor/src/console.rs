//! The guest's serial output, line by line into the kernel's log, where the policy gives the world a
//! log.

use cloister_runtime::Line;

/// Sends what the guest writes to the log.
pub struct Console(Line);

impl Console {
    /// An empty line.
    pub fn new() -> Self {
        Self(Line::new())
    }

    /// Adds a byte of the guest's.
    pub fn put(&mut self, byte: u8) {
        match byte {
            b'\r' => {}
            b'\n' => self.0.send(),
            byte => self.0.put(byte),
        }
    }
}
