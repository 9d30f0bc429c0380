//! Bits of the UART's registers.

/// The bits of the interrupt enable register.
pub mod enable {
    pub const RECEIVED: u8 = 1 << 0;
    pub const TRANSMITTER_EMPTY: u8 = 1 << 1;
    pub const LINE_STATUS: u8 = 1 << 2;
    pub const MODEM_STATUS: u8 = 1 << 3;
    pub const ALL: u8 = 0x0f;
}

/// What the interrupt identification register says, highest priority first.
pub mod identification {
    pub const LINE_STATUS: u8 = 0x06;
    pub const RECEIVED: u8 = 0x04;
    pub const CHARACTER_TIMEOUT: u8 = 0x0c;
    pub const TRANSMITTER_EMPTY: u8 = 0x02;
    pub const MODEM_STATUS: u8 = 0x00;
    pub const NONE: u8 = 0x01;
    pub const FIFOS_ENABLED: u8 = 0xc0;
}

/// The bits of the line status register.
pub mod line {
    pub const DATA_READY: u8 = 1 << 0;
    pub const OVERRUN: u8 = 1 << 1;
    pub const HOLDING_EMPTY: u8 = 1 << 5;
    pub const TRANSMITTER_EMPTY: u8 = 1 << 6;
}

/// The bits of the modem control register.
pub mod control {
    pub const READY: u8 = 1 << 0;
    pub const REQUEST_TO_SEND: u8 = 1 << 1;
    pub const OUT_1: u8 = 1 << 2;
    /// On a PC, this output lets the interrupt through.
    pub const OUT_2: u8 = 1 << 3;
    pub const LOOPBACK: u8 = 1 << 4;
    pub const ALL: u8 = 0x1f;
}

/// The bits of the modem status register.
pub mod modem {
    pub const CLEAR_TO_SEND: u8 = 1 << 4;
    pub const DATA_SET_READY: u8 = 1 << 5;
    pub const RING: u8 = 1 << 6;
    pub const CARRIER: u8 = 1 << 7;
    /// The other end is there and listens.
    pub const CONNECTED: u8 = CLEAR_TO_SEND | DATA_SET_READY | CARRIER;
    /// A trailing edge of the ring indicator; the other deltas are the state bits shifted by four.
    pub const RING_ENDED: u8 = 1 << 2;
}

/// The line is held at the level of a break.
pub const BREAK: u8 = 1 << 6;
/// Gives access to the divisor latch.
pub const DIVISOR_LATCH: u8 = 1 << 7;
/// What a FIFO control register's write clears.
pub const CLEAR_RECEIVER: u8 = 1 << 1;
