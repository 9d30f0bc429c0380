//! The serial line COM1 (16550 UART), for output only.

use x86_64::instructions::port::Port;

const COM1: u16 = 0x3f8;
/// Line status: transmitter holding register empty (16550 data sheet, LSR bit 5).
const TRANSMITTER_EMPTY: u8 = 1 << 5;
/// A character takes some 90 us at 115,200 baud; a line that is busy for longer than this many
/// reads (about 1 us each) has no working UART behind it, and the character is dropped.
const PATIENCE: u32 = 10_000;

/// Sets 115,200 baud, 8 data bits, no parity, one stop bit, FIFO on, interrupts off.
pub fn initialize() {
    for (register, value) in
        [(1, 0x00), (3, 0x80), (0, 0x01), (1, 0x00), (3, 0x03), (2, 0xc7), (4, 0x03)]
    {
        write(register, value);
    }
}

/// Sends one byte; drops it if the line is not ready in time.
pub fn send(byte: u8) {
    // SAFETY: reading the line status register has no effect on memory.
    let ready = || unsafe { Port::<u8>::new(COM1 + 5).read() } & TRANSMITTER_EMPTY != 0;
    if (0..PATIENCE).any(|_| ready()) {
        write(0, byte);
    }
}

fn write(register: u16, value: u8) {
    // SAFETY: COM1's registers have no effect on memory; interrupts are never enabled there.
    unsafe { Port::new(COM1.wrapping_add(register)).write(value) }
}
