//! Measures channels, for `cloister bench`: the writer's end sends the time in each frame and raises the
//! event, the reader's end says how long that took to reach it, and what records cost. Lines are those of
//! the probe: `probe: NAME ROUNDS TICKS`, the cheapest of many.

#![no_std]
#![no_main]

use core::arch::x86_64::_rdtsc;

use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::ring::{Reader, Writer};
use cloister_runtime::{Channel, component, log, stop, wait};

/// Bytes of a record.
const RECORD: usize = 64;
/// Records that follow the one with the time.
const BATCH: u64 = 64;
/// Frames that are looked at.
const FRAMES: u32 = 32;
/// The status with which this component ends when it has no channel.
const FAILED: u64 = 1;

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let Some(channel) = Channel::all(info).next() else { stop(FAILED) };
    match (channel.writer(), channel.reader()) {
        (Some(ring), _) => send(channel, ring),
        (_, Some(ring)) => receive(channel, ring),
        _ => stop(FAILED),
    }
}

fn now() -> u64 {
    // SAFETY: the counter can be read everywhere.
    unsafe { _rdtsc() }
}

/// Sends a batch, whose first bytes are what the last one cost, and then the time.
fn send(channel: Channel, mut ring: Writer<'static>) -> ! {
    let mut cost = u64::MAX;
    loop {
        wait(FRAME_EVENT);
        let start = now();
        for _ in 0..BATCH {
            let _ = ring.write(&record(cost));
        }
        cost = cost.min(now() - start);
        let _ = ring.write(&record(now()));
        channel.signal();
    }
}

/// A record that begins with a number.
fn record(number: u64) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    record.iter_mut().zip(number.to_le_bytes()).for_each(|(to, from)| *to = from);
    record
}

fn receive(channel: Channel, mut ring: Reader<'static>) -> ! {
    let (mut latency, mut reading, mut writing) = (u64::MAX, u64::MAX, u64::MAX);
    for _ in 0..FRAMES {
        wait(channel.event());
        let called = now();
        for _ in 0..BATCH {
            writing = writing.min(next(&mut ring).unwrap_or(u64::MAX));
        }
        reading = reading.min(now() - called);
        latency = latency.min(next(&mut ring).map_or(u64::MAX, |sent| called.saturating_sub(sent)));
        // What lies in the ring beyond a batch is left over from before this end was ready.
        while next(&mut ring).is_some() {}
    }
    log!("probe: event-to-other-processor 1 {latency}");
    log!("probe: ring-write-64-bytes {BATCH} {writing}");
    log!("probe: ring-read-64-bytes {BATCH} {reading}");
    log!("probe: done");
    loop {
        wait(FRAME_EVENT);
    }
}

/// The number that the next record begins with, if there is one.
fn next(ring: &mut Reader<'static>) -> Option<u64> {
    let mut buffer = [0; RECORD];
    ring.read(&mut buffer)?;
    buffer.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}
