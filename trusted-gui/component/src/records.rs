//! The latest of what happened, for the trusted screen, in the words of trusted parts.

use core::fmt::{self, Write as _};

use cloister_screen::trusted::Record;
use heapless::{Deque, String, Vec};

/// How many are kept.
pub const MOST: usize = 32;

/// The records, oldest first.
pub struct Records(Deque<(u32, String<80>), MOST>);

impl Records {
    /// None yet.
    pub const fn new() -> Self {
        Self(Deque::new())
    }

    /// Adds one that is so many seconds old; the oldest makes room. What does not fit on a line is left out.
    pub fn add(&mut self, seconds: u32, text: fmt::Arguments<'_>) {
        let mut line = String::new();
        let _ = line.write_fmt(text);
        if self.0.is_full() {
            let _ = self.0.pop_front();
        }
        // There is room now.
        let _ = self.0.push_back((seconds, line));
    }

    /// As the trusted screen wants them.
    pub fn report(&self) -> Vec<Record<'_>, MOST> {
        self.0.iter().map(|(time, text)| Record { time: *time, text }).collect()
    }
}
