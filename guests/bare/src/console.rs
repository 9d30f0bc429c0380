//! The first serial port (16550 UART) as the place to say things.

use core::fmt::{self, Write as _};

use crate::instructions::{input, output};

/// COM1.
pub const PORT: u16 = 0x3f8;
/// A register that holds what is written, and has no other effect.
pub const SCRATCH: u16 = PORT + 7;

const LINE_STATUS: u16 = PORT + 5;
const TRANSMITTER_EMPTY: u8 = 1 << 5;
/// Bytes that the transmitter takes when it is empty.
const DEPTH: usize = 16;
/// Looks at the status before the port is taken as dead.
const PATIENCE: usize = 100_000;

/// Prints a line.
#[macro_export]
macro_rules! say {
    ($($argument:tt)*) => {
        $crate::console::print(format_args!("{}\r\n", format_args!($($argument)*)))
    };
}

/// 115200 baud, 8 bits, no interrupts, queues on.
pub fn start() {
    let settings = [(1, 0), (3, 0x80), (0, 1), (1, 0), (3, 3), (2, 7), (4, 3)];
    settings.iter().for_each(|&(register, value)| output(PORT + register, value));
}

/// Prints text.
pub fn print(text: fmt::Arguments<'_>) {
    // The writer below never fails.
    let _ = Serial { room: 0 }.write_fmt(text);
}

struct Serial {
    room: usize,
}

impl fmt::Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if self.room == 0 {
                let ready = || input(LINE_STATUS) & TRANSMITTER_EMPTY != 0;
                // Bounded, so that a port that is not there holds nothing up for ever.
                let _ = (0..PATIENCE).find(|_| ready());
                self.room = DEPTH;
            }
            output(PORT, byte);
            self.room -= 1;
        }
        Ok(())
    }
}
