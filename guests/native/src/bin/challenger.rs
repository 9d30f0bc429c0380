//! Asks the attester for evidence, by a channel, and writes what it answers into the log: for tests.

#![no_std]
#![no_main]

use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{Channel, component, log, stop, wait};
use spin::Mutex;

/// A challenge (`docs/evidence.md`): header, then an array with a nonce of 32 bytes, each 0x5a.
const CHALLENGE: [u8; 47] = {
    let mut message = [0x5a; 47];
    let head = *b"CLAT\x01\x01\0\0\0\0\0\x23\x81\x58\x20";
    let mut index = 0;
    while index < head.len() {
        message[index] = head[index];
        index += 1;
    }
    message
};

/// Something that is no request.
const NOISE: [u8; 5] = *b"hello";

/// Bytes on a line of the log.
const LINE: usize = 64;

static ANSWER: Mutex<[u8; 1 << 18]> = Mutex::new([0; 1 << 18]);

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let ends = (Channel::named(info, "ask"), Channel::named(info, "ask:back"));
    let (Some(ask), Some(back)) = ends else { stop(1) };
    let (Some(mut questions), Some(mut answers)) = (ask.writer(), back.reader()) else { stop(2) };
    let mut buffer = ANSWER.lock();
    for question in [&NOISE[..], &CHALLENGE] {
        if questions.write(question).is_err() {
            stop(3);
        }
        ask.signal();
        let length = loop {
            match answers.read(&mut *buffer) {
                Some(record) => break record.length,
                None => wait(FRAME_EVENT),
            };
        };
        for line in buffer.get(..length).unwrap_or_default().chunks(LINE) {
            log!("answer {}", Hex(line));
        }
        log!("answer of {length} bytes is whole");
    }
    loop {
        wait(FRAME_EVENT);
    }
}

/// Bytes in hexadecimal digits.
struct Hex<'a>(&'a [u8]);

impl core::fmt::Display for Hex<'_> {
    fn fmt(&self, text: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(text, "{byte:02x}"))
    }
}
