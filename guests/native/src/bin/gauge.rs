//! Measures channels, for `cloister bench`: the writer's end sends the time in each frame and raises the
//! event, the reader's end says how long that took to reach it, and what records cost. Lines are those of
//! the probe: `probe: NAME ROUNDS TICKS`, the cheapest of many.

#![no_std]
#![no_main]

use core::hint::black_box;

use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::ring::{Reader, Writer};
use cloister_runtime::{Channel, component, log, now, stop, wait};
use spin::Mutex;

/// Bytes of a record.
const RECORD: usize = 64;
/// Bytes of a long record.
const LONG: usize = 64 << 10;
/// Records that follow the one with the time.
const BATCH: u64 = 64;
/// Frames that are looked at.
const FRAMES: u32 = 32;
/// The status with which this component ends when it has no channel.
const FAILED: u64 = 1;

/// A long record, and room for its copy.
static BUFFERS: Mutex<([u8; LONG], [u8; LONG])> = Mutex::new(([0; LONG], [0; LONG]));

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let Some(channel) = Channel::all(info).next() else { stop(FAILED) };
    match (channel.writer(), channel.reader()) {
        (Some(ring), _) => send(channel, ring),
        (_, Some(ring)) => receive(channel, ring),
        _ => stop(FAILED),
    }
}

/// Sends a batch, whose first bytes are what the last one cost, then the time, and then a long record, which
/// begins with what the last one cost.
fn send(channel: Channel, mut ring: Writer<'static>) -> ! {
    let (mut cost, mut long_cost) = (u64::MAX, u64::MAX);
    let (long, _) = &mut *BUFFERS.lock();
    loop {
        wait(FRAME_EVENT);
        let start = now();
        for _ in 0..BATCH {
            let _ = ring.write(&record(cost));
        }
        cost = cost.min(now() - start);
        let _ = ring.write(&record(now()));
        channel.signal();
        long.iter_mut().zip(long_cost.to_le_bytes()).for_each(|(to, from)| *to = from);
        let start = now();
        let _ = ring.write(long);
        long_cost = long_cost.min(now() - start);
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
    let (mut reading_long, mut writing_long, mut copying) = (u64::MAX, u64::MAX, u64::MAX);
    let (long, copy) = &mut *BUFFERS.lock();
    for _ in 0..FRAMES {
        wait(channel.event());
        let called = now();
        for _ in 0..BATCH {
            writing = writing.min(next(&mut ring).unwrap_or(u64::MAX));
        }
        reading = reading.min(now() - called);
        latency = latency.min(next(&mut ring).map_or(u64::MAX, |sent| called.saturating_sub(sent)));
        // The long record comes behind the event. What lies in the ring beyond it is left over from before
        // this end was ready.
        loop {
            let start = now();
            let Some(record) = ring.read(long) else { break };
            if record.length == LONG {
                reading_long = reading_long.min(now() - start);
                let first = long.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
                writing_long = writing_long.min(first.unwrap_or(u64::MAX));
            }
        }
        let start = now();
        copy.copy_from_slice(black_box(long));
        black_box(&mut *copy);
        copying = copying.min(now() - start);
    }
    log!("probe: event-to-other-processor 1 {latency}");
    log!("probe: ring-write-64-bytes {BATCH} {writing}");
    log!("probe: ring-read-64-bytes {BATCH} {reading}");
    log!("probe: memory-copy-64-KiB 1 {copying}");
    log!("probe: ring-write-64-KiB 1 {writing_long}");
    log!("probe: ring-read-64-KiB 1 {reading_long}");
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
