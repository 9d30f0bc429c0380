//! Lines for the kernel's log: pieces of [`LOG_BYTES`] bytes, the last one shorter.

use core::fmt;

use cloister_abi::{LOG_BYTES, Number, Registers};

use crate::call::raw;

/// A line of text that is sent in pieces of [`LOG_BYTES`] bytes.
#[derive(Debug)]
pub struct Line {
    bytes: [u8; LOG_BYTES],
    length: usize,
}

impl Line {
    /// An empty line.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; LOG_BYTES], length: 0 }
    }

    /// Sends what is left, and ends the line.
    pub fn send(&mut self) {
        let full = self.length == LOG_BYTES;
        self.send_piece();
        if full {
            self.send_piece();
        }
    }

    /// Adds a byte.
    pub fn put(&mut self, byte: u8) {
        if self.length == LOG_BYTES {
            self.send_piece();
        }
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    fn send_piece(&mut self) {
        let mut arguments = [0; 6];
        let (first, words) = arguments.split_at_mut(1);
        first.fill(self.length as u64);
        for (word, bytes) in words.iter_mut().zip(self.bytes.chunks_exact(8)) {
            *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        raw(Registers { number: Number::Log as u64, arguments });
        *self = Self::new();
    }
}

impl Default for Line {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, string: &str) -> fmt::Result {
        string.bytes().for_each(|byte| self.put(byte));
        Ok(())
    }
}
