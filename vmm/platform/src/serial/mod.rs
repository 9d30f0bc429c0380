//! The serial port: a 16550A UART (National Semiconductor PC16550D data sheet).
//!
//! Bytes take no time on the line. What the guest sends waits for the monitor in a bounded buffer;
//! while that is full the transmitter is busy, as if the other end were slow.

mod registers;
#[cfg(test)]
mod tests;

use heapless::Deque;

use registers::{
    BREAK, CLEAR_RECEIVER, DIVISOR_LATCH, control, enable, identification, line, modem,
};

/// Bytes of output that wait for the monitor.
pub const OUTPUT_SIZE: usize = 4096;
/// Bytes of input that wait for room in the receiver's FIFO.
pub const INPUT_SIZE: usize = 1024;
/// Bytes in the receiver's FIFO.
const FIFO_SIZE: usize = 16;

/// A 16550A UART. Its registers are at offsets 0 to 7.
#[derive(Debug)]
pub struct Serial {
    interrupt_enable: u8,
    line_control: u8,
    modem_control: u8,
    scratch: u8,
    divisor: u16,
    fifos_enabled: bool,
    trigger: usize,
    transmitter_empty_pending: bool,
    overrun: bool,
    modem_lines: u8,
    modem_deltas: u8,
    received: Deque<u8, FIFO_SIZE>,
    input: Deque<u8, INPUT_SIZE>,
    output: Deque<u8, OUTPUT_SIZE>,
    lost: u64,
    break_begun: bool,
}

impl Default for Serial {
    fn default() -> Self {
        Self::new()
    }
}

impl Serial {
    /// A UART after reset, connected, at 115,200 baud.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            interrupt_enable: 0,
            line_control: 0,
            modem_control: 0,
            scratch: 0,
            divisor: 1,
            fifos_enabled: false,
            trigger: 1,
            transmitter_empty_pending: false,
            overrun: false,
            modem_lines: modem::CONNECTED,
            modem_deltas: 0,
            received: Deque::new(),
            input: Deque::new(),
            output: Deque::new(),
            lost: 0,
            break_begun: false,
        }
    }

    /// Takes what the guest has sent, as much as fits; returns how many bytes.
    pub fn take_output(&mut self, into: &mut [u8]) -> usize {
        let was_full = self.output.is_full();
        let mut count = 0;
        for place in into.iter_mut() {
            let Some(byte) = self.output.pop_front() else { break };
            *place = byte;
            count += 1;
        }
        if was_full && count > 0 {
            self.transmitter_empty_pending = true;
        }
        count
    }

    /// Whether [`Self::take_output`] has something.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    /// Whether the guest has begun to send a break since this was last asked.
    pub fn take_break(&mut self) -> bool {
        core::mem::take(&mut self.break_begun)
    }

    /// Bytes that the guest sent although the transmitter was busy: they are nowhere.
    #[must_use]
    pub const fn lost_output(&self) -> u64 {
        self.lost
    }

    /// Sends to the guest; returns how many bytes found room.
    pub fn push_input(&mut self, bytes: &[u8]) -> usize {
        let room = INPUT_SIZE - self.input.len();
        let count = bytes.len().min(room);
        for &byte in bytes.iter().take(count) {
            let _ = self.input.push_back(byte);
        }
        self.refill();
        count
    }

    /// The level of the interrupt output as the PC wires it.
    #[must_use]
    pub fn irq(&self) -> bool {
        self.modem_control & (control::OUT_2 | control::LOOPBACK) == control::OUT_2
            && self.identification() != identification::NONE
    }

    /// Reads the register at an offset from 0 to 7.
    pub fn read(&mut self, offset: u16) -> u8 {
        let latch = self.line_control & DIVISOR_LATCH != 0;
        match offset & 7 {
            0 if latch => self.divisor.to_le_bytes()[0],
            1 if latch => self.divisor.to_le_bytes()[1],
            0 => {
                let byte = self.received.pop_front().unwrap_or(0);
                self.refill();
                byte
            }
            1 => self.interrupt_enable,
            2 => self.read_identification(),
            3 => self.line_control,
            4 => self.modem_control,
            5 => self.read_line_status(),
            6 => {
                let value = self.modem_lines | self.modem_deltas;
                self.modem_deltas = 0;
                value
            }
            _ => self.scratch,
        }
    }

    /// Writes the register at an offset from 0 to 7.
    pub fn write(&mut self, offset: u16, value: u8) {
        let latch = self.line_control & DIVISOR_LATCH != 0;
        let [low, high] = self.divisor.to_le_bytes();
        match offset & 7 {
            0 if latch => self.divisor = u16::from_le_bytes([value, high]),
            1 if latch => self.divisor = u16::from_le_bytes([low, value]),
            0 => self.transmit(value),
            1 => self.set_interrupt_enable(value & enable::ALL),
            2 => self.set_fifo_control(value),
            3 => {
                self.break_begun |= value & !self.line_control & BREAK != 0;
                self.line_control = value;
            }
            4 => self.set_modem_control(value & control::ALL),
            // Line status and modem status are read-only.
            5 | 6 => {}
            _ => self.scratch = value,
        }
    }

    fn loopback(&self) -> bool {
        self.modem_control & control::LOOPBACK != 0
    }

    /// The transmitter can take a byte. In loopback nothing goes to the monitor.
    fn ready(&self) -> bool {
        self.loopback() || !self.output.is_full()
    }

    fn identification(&self) -> u8 {
        let enabled = |source| self.interrupt_enable & source != 0;
        if enabled(enable::LINE_STATUS) && self.overrun {
            identification::LINE_STATUS
        } else if enabled(enable::RECEIVED) && !self.received.is_empty() {
            // No clock runs here: bytes below the trigger level are told at once, not after the time
            // of four characters.
            if self.received.len() >= self.trigger {
                identification::RECEIVED
            } else {
                identification::CHARACTER_TIMEOUT
            }
        } else if enabled(enable::TRANSMITTER_EMPTY)
            && self.transmitter_empty_pending
            && self.ready()
        {
            identification::TRANSMITTER_EMPTY
        } else if enabled(enable::MODEM_STATUS) && self.modem_deltas != 0 {
            identification::MODEM_STATUS
        } else {
            identification::NONE
        }
    }

    fn read_identification(&mut self) -> u8 {
        let value = self.identification();
        if value == identification::TRANSMITTER_EMPTY {
            self.transmitter_empty_pending = false;
        }
        if self.fifos_enabled { value | identification::FIFOS_ENABLED } else { value }
    }

    fn read_line_status(&mut self) -> u8 {
        let mut value = 0;
        if !self.received.is_empty() {
            value |= line::DATA_READY;
        }
        if core::mem::take(&mut self.overrun) {
            value |= line::OVERRUN;
        }
        if self.ready() {
            value |= line::HOLDING_EMPTY | line::TRANSMITTER_EMPTY;
        }
        value
    }

    fn transmit(&mut self, value: u8) {
        // Five to eight bits are sent.
        let byte = value & (0xff >> (3 - (self.line_control & 3)));
        if self.loopback() {
            self.receive(byte);
        } else if self.output.push_back(byte).is_err() {
            self.lost = self.lost.saturating_add(1);
        }
        self.transmitter_empty_pending = true;
    }

    fn set_interrupt_enable(&mut self, value: u8) {
        if value & !self.interrupt_enable & enable::TRANSMITTER_EMPTY != 0 {
            self.transmitter_empty_pending = true;
        }
        self.interrupt_enable = value;
    }

    fn set_fifo_control(&mut self, value: u8) {
        let enabled = value & 1 != 0;
        // A change of the enable bit empties the FIFOs.
        if enabled != self.fifos_enabled || value & CLEAR_RECEIVER != 0 {
            self.received.clear();
        }
        self.fifos_enabled = enabled;
        self.trigger = match (enabled, value >> 6) {
            (false, _) | (_, 0) => 1,
            (_, 1) => 4,
            (_, 2) => 8,
            _ => 14,
        };
        self.refill();
    }

    fn set_modem_control(&mut self, value: u8) {
        self.modem_control = value;
        let lines = if self.loopback() {
            [
                (control::REQUEST_TO_SEND, modem::CLEAR_TO_SEND),
                (control::READY, modem::DATA_SET_READY),
                (control::OUT_1, modem::RING),
                (control::OUT_2, modem::CARRIER),
            ]
            .iter()
            .filter(|(output, _)| value & output != 0)
            .fold(0, |lines, (_, input)| lines | input)
        } else {
            modem::CONNECTED
        };
        let changed = lines ^ self.modem_lines;
        self.modem_deltas |= (changed & !modem::RING) >> 4;
        if changed & self.modem_lines & modem::RING != 0 {
            self.modem_deltas |= modem::RING_ENDED;
        }
        self.modem_lines = lines;
        self.refill();
    }

    fn capacity(&self) -> usize {
        if self.fifos_enabled { FIFO_SIZE } else { 1 }
    }

    /// A byte of the loopback arrives.
    fn receive(&mut self, byte: u8) {
        if self.received.len() < self.capacity() {
            let _ = self.received.push_back(byte);
        } else {
            self.overrun = true;
            // Without the FIFO the new byte replaces the old one; with it the new one is lost.
            if !self.fifos_enabled {
                self.received.clear();
                let _ = self.received.push_back(byte);
            }
        }
    }

    /// Moves waiting input into the receiver: never more than it holds, so that nothing overruns.
    fn refill(&mut self) {
        while !self.loopback() && self.received.len() < self.capacity() {
            let Some(byte) = self.input.pop_front() else { break };
            let _ = self.received.push_back(byte);
        }
    }
}
