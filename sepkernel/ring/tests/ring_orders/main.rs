//! A writer and a reader of a small ring at the same time, in every order that the memory model of
//! Rust allows (explored by loom): a record is read whole, in its order and as it was written, or is
//! counted as lost. The source of the ring is the crate's own, compiled with loom's atomics.

#![forbid(unsafe_code)]

mod atomic;
#[path = "../../src/ring/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "the crate's source, of which this uses a part"
)]
mod ring;

use atomic::{AtomicU64, end_after};
use loom::{model::Builder, sync::Arc, thread};
use ring::{HEADER_WORDS, MINIMUM_WORDS, Reader, Record, Writer};

/// A record of one word says which it is, so that one that is made of two would not fit its head.
fn record(sequence: u64, epoch: u32) -> [u8; 8] {
    (u64::from(epoch) << 32 | sequence).to_le_bytes()
}

/// Room for `data` words of records.
fn memory(data: usize) -> Arc<Vec<AtomicU64>> {
    Arc::new((0..HEADER_WORDS + data).map(|_| AtomicU64::new(0)).collect())
}

/// Reads up to `times` records, and checks each against the one before.
fn read(reader: &mut Reader<'_>, times: usize, last: &mut Option<Record>) {
    for _ in 0..times {
        let mut buffer = [0; 8];
        let Some(head) = reader.read(&mut buffer) else { continue };
        assert_eq!(head.length, 8);
        assert_eq!(buffer, record(head.sequence, head.epoch), "torn or invented");
        if let Some(last) = last {
            assert!(head.sequence > last.sequence && head.epoch >= last.epoch, "out of order");
        }
        *last = Some(head);
    }
}

/// Explores all orders with at most `preemptions` switches in the middle of a thread.
fn explore(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 10_000;
    builder.check(model);
}

/// `before` records are there when the reader begins; `during` are written while it reads.
fn all_orders(data: usize, before: u64, during: u64, reads: usize, preemptions: usize) {
    explore(preemptions, move || {
        end_after(u32::MAX);
        let words = memory(data);
        let mut writer = Writer::new(&words, 1).unwrap();
        for sequence in 0..before {
            writer.write(&record(sequence, 1)).unwrap();
        }
        let reading = thread::spawn({
            let words = words.clone();
            move || {
                let mut reader = Reader::new(&words).unwrap();
                let mut last = None;
                read(&mut reader, reads, &mut last);
                (reader.statistics(), last)
            }
        });
        for sequence in before..before + during {
            writer.write(&record(sequence, 1)).unwrap();
        }
        let (statistics, last) = reading.join().unwrap();
        assert_eq!(statistics.malformed, 0);
        assert!(statistics.records + statistics.lost_records <= before + during);
        assert!(last.is_none_or(|last| last.sequence < before + during));
    });
}

#[test]
fn while_records_are_overwritten_none_is_torn() {
    all_orders(MINIMUM_WORDS - HEADER_WORDS, 2, 1, 2, 4);
}

#[test]
fn while_the_writer_goes_around_none_is_torn() {
    all_orders(MINIMUM_WORDS - HEADER_WORDS, 2, 3, 1, 1);
}

#[test]
fn records_across_the_end_of_the_memory_are_not_torn() {
    all_orders(MINIMUM_WORDS - HEADER_WORDS + 1, 2, 2, 2, 2);
}

#[test]
fn the_first_record_is_seen_whole_or_not_at_all() {
    all_orders(MINIMUM_WORDS - HEADER_WORDS, 0, 1, 1, 6);
}

#[test]
fn a_ring_that_is_laid_out_while_it_is_read_is_empty_or_whole() {
    explore(3, || {
        end_after(u32::MAX);
        let words = memory(MINIMUM_WORDS - HEADER_WORDS);
        // What an earlier program left: positions without a format.
        words[1].store(4, atomic::Ordering::Relaxed);
        words[2].store(2, atomic::Ordering::Relaxed);
        let reading = thread::spawn({
            let words = words.clone();
            move || {
                let mut reader = Reader::new(&words).unwrap();
                read(&mut reader, 2, &mut None);
                reader.statistics()
            }
        });
        let mut writer = Writer::new(&words, 1).unwrap();
        writer.write(&record(0, 1)).unwrap();
        assert_eq!(reading.join().unwrap().malformed, 0);
    });
}

/// The writer ends after `stores` stores of its third record; its next incarnation writes another,
/// while the reader reads.
fn restarted(stores: u32) {
    explore(2, move || {
        end_after(u32::MAX);
        let words = memory(MINIMUM_WORDS - HEADER_WORDS);
        let mut writer = Writer::new(&words, 1).unwrap();
        for sequence in 0..2 {
            writer.write(&record(sequence, 1)).unwrap();
        }
        let reading = thread::spawn({
            let words = words.clone();
            move || {
                let mut reader = Reader::new(&words).unwrap();
                let mut last = None;
                read(&mut reader, 1, &mut last);
                assert_eq!(reader.statistics().malformed, 0);
                last
            }
        });
        end_after(stores);
        writer.write(&record(2, 1)).unwrap();
        end_after(u32::MAX);
        let mut writer = Writer::new(&words, 2).unwrap();
        let next = if stores >= STORES_UNTIL_PUBLISHED { 3 } else { 2 };
        writer.write(&record(next, 2)).unwrap();
        reading.join().unwrap();
        // Whatever happened, the end of it is there.
        let mut reader = Reader::new(&words).unwrap();
        let mut last = None;
        read(&mut reader, 3, &mut last);
        let last = last.unwrap();
        assert_eq!((last.sequence, last.epoch), (next, 2));
        assert_eq!(reader.statistics().malformed, 0);
        assert_eq!(reader.statistics().lost_records, 0);
    });
}

/// Of a record of one word that overwrites another: `oldest`, two words of head, one of data,
/// `published`.
const STORES_UNTIL_PUBLISHED: u32 = 5;

#[test]
fn a_writer_that_ends_at_any_store_leaves_nothing_torn() {
    for stores in 0..=STORES_UNTIL_PUBLISHED + 1 {
        restarted(stores);
    }
}
