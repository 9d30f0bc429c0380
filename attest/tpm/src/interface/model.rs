//! TPMs as far as their registers go: they take a message and give one back.

extern crate std;
use std::{vec, vec::Vec};

use super::Registers;

/// Looks at registers that a test waits for.
const PATIENCE: u32 = 20_000;

/// A message of `length` bytes that says so in its header.
pub fn message(length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..length).map(|index| index as u8).collect();
    bytes[2..6].copy_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
    bytes
}

/// The answer that both models give: the message with its body turned round.
fn answer(message: &[u8]) -> Vec<u8> {
    let mut answer = message.to_vec();
    answer[6..].reverse();
    answer
}

/// A TPM with a command response buffer in 0xf80 bytes.
#[derive(Debug)]
pub struct CrbModel {
    page: Vec<u8>,
    delay: u32,
    wait: u32,
    patience: u32,
    granted: bool,
    ready: bool,
    running: bool,
    absent: bool,
    fatal: bool,
}

impl CrbModel {
    pub fn new(delay: u32) -> Self {
        Self {
            page: vec![0; 0x1000],
            delay,
            wait: 0,
            patience: PATIENCE,
            granted: false,
            ready: false,
            running: false,
            absent: false,
            fatal: false,
        }
    }

    pub fn absent() -> Self {
        Self { absent: true, ..Self::new(0) }
    }

    pub fn broken() -> Self {
        Self { fatal: true, ..Self::new(0) }
    }

    pub fn answer(message: &[u8]) -> Vec<u8> {
        answer(message)
    }

    pub fn is_at_rest(&self) -> bool {
        !self.granted && !self.ready && !self.running
    }

    fn over(&mut self) -> bool {
        self.wait = self.wait.saturating_sub(1);
        self.wait == 0
    }
}

impl Registers for CrbModel {
    fn read8(&mut self, offset: usize) -> u8 {
        self.page[offset]
    }

    fn read32(&mut self, offset: usize) -> u32 {
        if self.absent {
            return u32::MAX;
        }
        match offset {
            0x00 => 0x80,
            0x0c => u32::from(self.over() && self.granted),
            0x30 => 1,
            0x40 => u32::from(self.ready && !self.over()),
            0x44 => u32::from(self.fatal) | u32::from(!self.ready) << 1,
            0x4c => {
                if self.running && self.over() {
                    self.running = false;
                    let size = u32::from_be_bytes(self.page[0x82..0x86].try_into().unwrap());
                    let buffer = 0x80..0x80 + size as usize;
                    let answer = answer(&self.page[buffer.clone()]);
                    self.page[buffer].copy_from_slice(&answer);
                }
                u32::from(self.running)
            }
            0x58 | 0x64 => 0xf80,
            0x5c | 0x68 => 0xfed4_0080,
            0x60 => 0,
            _ => panic!("read of {offset:#x}"),
        }
    }

    fn write8(&mut self, offset: usize, value: u8) {
        assert!(self.granted && self.ready && !self.running && offset >= 0x80);
        self.page[offset] = value;
    }

    fn write32(&mut self, offset: usize, value: u32) {
        self.wait = self.delay;
        match (offset, value) {
            (0x08, 1) => self.granted = true,
            (0x08, 2) => self.granted = false,
            (0x40, 1) => self.ready = self.granted,
            (0x40, 2) => self.ready = false,
            (0x48, 0) => {}
            (0x48, 1) => self.running = false,
            (0x4c, 1) => self.running = self.ready,
            _ => panic!("write of {value:#x} to {offset:#x}"),
        }
    }

    fn pause(&mut self) -> bool {
        self.patience = self.patience.saturating_sub(1);
        self.patience > PATIENCE - 5_000
    }
}

/// A TPM with a FIFO.
#[derive(Debug)]
pub struct TisModel {
    burst: u32,
    delay: u32,
    wait: u32,
    patience: u32,
    active: bool,
    ready: bool,
    /// Bytes that the answer has more, or fewer, than it says.
    pub surplus: i32,
    taken: Vec<u8>,
    given: Vec<u8>,
}

impl TisModel {
    pub fn new(burst: u32, delay: u32) -> Self {
        Self {
            burst,
            delay,
            wait: 0,
            patience: PATIENCE,
            active: false,
            ready: false,
            surplus: 0,
            taken: Vec::new(),
            given: Vec::new(),
        }
    }

    pub fn answer(message: &[u8]) -> Vec<u8> {
        answer(message)
    }

    pub fn is_at_rest(&self) -> bool {
        !self.active && self.taken.is_empty() && self.given.is_empty()
    }

    fn expects(&self) -> bool {
        match self.taken.get(2..6) {
            None => !self.taken.is_empty(),
            Some(size) => (self.taken.len() as u32) < u32::from_be_bytes(size.try_into().unwrap()),
        }
    }
}

impl Registers for TisModel {
    fn read8(&mut self, offset: usize) -> u8 {
        match offset {
            0x00 => 0x80 | u8::from(self.active) << 5,
            0x24 if self.given.is_empty() => 0xff,
            0x24 => self.given.remove(0),
            _ => panic!("read of {offset:#x}"),
        }
    }

    fn read32(&mut self, offset: usize) -> u32 {
        match offset {
            0x18 => {
                self.wait = self.wait.saturating_sub(1);
                let available = self.wait == 0 && !self.given.is_empty();
                let burst = match self.given.len() as u32 {
                    0 => self.burst,
                    left => self.burst.min(left),
                };
                0x80 | burst << 8
                    | u32::from(self.ready) << 6
                    | u32::from(available) << 4
                    | u32::from(self.expects()) << 3
            }
            0x30 => 0,
            0xf00 => 0x0001_1014,
            _ => panic!("read of {offset:#x}"),
        }
    }

    fn write8(&mut self, offset: usize, value: u8) {
        match (offset, value) {
            (0x00, 0x02) => self.active = true,
            (0x00, 0x20) => self.active = false,
            (0x24, byte) => {
                assert!(self.active && self.ready | self.expects());
                self.ready = false;
                self.taken.push(byte);
            }
            _ => panic!("write of {value:#x} to {offset:#x}"),
        }
    }

    fn write32(&mut self, offset: usize, value: u32) {
        match (offset, value) {
            (0x18, 0x40) => {
                self.ready = true;
                self.taken.clear();
                self.given.clear();
            }
            (0x18, 0x20) => {
                assert!(!self.expects());
                self.wait = self.delay;
                self.given = answer(&self.taken);
                self.taken.clear();
                let length = self.given.len().saturating_add_signed(self.surplus as isize);
                self.given.resize(length, 0);
            }
            _ => panic!("write of {value:#x} to {offset:#x}"),
        }
    }

    fn pause(&mut self) -> bool {
        self.patience = self.patience.saturating_sub(1);
        self.patience > 0
    }
}
