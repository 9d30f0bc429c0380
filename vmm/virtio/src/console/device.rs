//! The device, with a buffer for each direction.

use cloister_device::{GuestMemory, Width};

use super::ring::Ring;
use crate::{
    Progress, bytes,
    queue::{Chain, Malformed, Queue},
    transport::{CHAINS, Device, QUEUES},
};

/// Bytes of output that wait for the monitor.
pub const OUTPUT: usize = 4096;
/// Bytes of input that wait for the driver.
pub const INPUT: usize = 256;

/// Feature: the size is in the configuration.
const SIZE: u64 = 1 << 0;
/// The queue of buffers for input; the other one is for output.
const RECEIVE: usize = 0;

/// A console of one port.
///
/// Nothing is lost: while nobody takes the output, the driver waits.
#[derive(Clone, Debug)]
pub struct Console {
    columns: u16,
    rows: u16,
    resized: bool,
    input: Ring<INPUT>,
    output: Ring<OUTPUT>,
    /// Output that is only partly taken from the driver, and how much of it is.
    transmitting: Chain,
    taken: Option<u32>,
}

impl Console {
    /// A console of a size in characters.
    #[must_use]
    pub const fn new(columns: u16, rows: u16) -> Self {
        Self {
            columns,
            rows,
            resized: false,
            input: Ring::new(),
            output: Ring::new(),
            transmitting: Chain::new(),
            taken: None,
        }
    }

    /// Gives input to the guest, and returns how much of it found room.
    pub fn put_input(&mut self, bytes: &[u8]) -> usize {
        self.input.put(bytes)
    }

    /// Takes output of the guest, and returns how much there was.
    pub fn take_output(&mut self, into: &mut [u8]) -> usize {
        self.output.take(into)
    }

    /// Changes the size.
    pub const fn resize(&mut self, columns: u16, rows: u16) {
        self.resized |= self.columns != columns || self.rows != rows;
        self.columns = columns;
        self.rows = rows;
    }

    fn receive<M: GuestMemory + ?Sized>(
        &mut self,
        queue: &mut Queue,
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Progress, Malformed> {
        for _ in 0..CHAINS {
            if self.input.length() == 0 || !queue.pop(memory, chain)? {
                return Ok(Progress::Done);
            }
            let mut buffers = chain.writable();
            let mut written = 0;
            // The content may be in two pieces.
            for _ in 0..2 {
                let count = buffers.write(memory, self.input.filled())?;
                self.input.consume(count);
                written += count as u32;
            }
            queue.push(memory, chain.head(), written)?;
        }
        Ok(Progress::More)
    }

    fn transmit<M: GuestMemory + ?Sized>(
        &mut self,
        queue: &mut Queue,
        memory: &M,
    ) -> Result<Progress, Malformed> {
        for _ in 0..CHAINS {
            let taken = match self.taken {
                Some(taken) => taken,
                None if queue.pop(memory, &mut self.transmitting)? => 0,
                None => return Ok(Progress::Done),
            };
            let mut buffers = self.transmitting.readable();
            buffers.skip(taken);
            for _ in 0..2 {
                let count = buffers.read(memory, self.output.room())?;
                self.output.commit(count);
            }
            if buffers.remaining() > 0 {
                self.taken = Some(self.transmitting.readable_length() - buffers.remaining());
                return Ok(Progress::Done);
            }
            self.taken = None;
            queue.push(memory, self.transmitting.head(), 0)?;
        }
        Ok(Progress::More)
    }
}

impl Device for Console {
    const KIND: u16 = 3;
    const QUEUE_SIZES: &'static [u16] = &[64, 64];
    const CONFIGURATION: u32 = 8;

    fn class(&self) -> u32 {
        0x07_80_00
    }

    fn features(&self) -> u64 {
        SIZE
    }

    fn read(&self, offset: u64, width: Width) -> u64 {
        let [c0, c1] = self.columns.to_le_bytes();
        let [r0, r1] = self.rows.to_le_bytes();
        // After the size there is the number of ports.
        bytes::load(&[c0, c1, r0, r1, 1, 0, 0, 0], offset as usize, width).unwrap_or(0)
    }

    fn reset(&mut self) {
        self.input.clear();
        self.taken = None;
    }

    fn process<M: GuestMemory + ?Sized>(
        &mut self,
        queue: usize,
        [receive, transmit, ..]: &mut [Queue; QUEUES],
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Progress, Malformed> {
        if queue == RECEIVE {
            self.receive(receive, chain, memory)
        } else {
            self.transmit(transmit, memory)
        }
    }

    fn take_change(&mut self) -> bool {
        core::mem::take(&mut self.resized)
    }
}
