//! Asks the attester for evidence, and who the machine is, by a channel, and writes what it answers into the log: for tests. Before
//! that it asks the kernel for what it may not do, so that there is something to record.

#![no_std]
#![no_main]

use cloister_native::challenge::{CHALLENGE, IDENTITY, log_answer};
use cloister_runtime::abi::{Command, FRAME_EVENT, InfoPage};
use cloister_runtime::{Channel, component, control, stop, wait};
use spin::Mutex;

/// Something that is no request.
const NOISE: [u8; 5] = *b"hello";

static ANSWER: Mutex<[u8; 1 << 18]> = Mutex::new([0; 1 << 18]);

component!(main);

fn main(info: &'static InfoPage) -> ! {
    if control(0, Command::Stop) {
        stop(4);
    }
    let ends = (Channel::named(info, "ask"), Channel::named(info, "ask:back"));
    let (Some(ask), Some(back)) = ends else { stop(1) };
    let (Some(mut questions), Some(mut answers)) = (ask.writer(), back.reader()) else { stop(2) };
    let mut buffer = ANSWER.lock();
    for question in [&NOISE[..], &CHALLENGE, &IDENTITY] {
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
        log_answer(buffer.get(..length).unwrap_or_default());
    }
    loop {
        wait(FRAME_EVENT);
    }
}
