//! A ring, read and written in turns: what was written is read, in order, and what was lost is counted.

#![forbid(unsafe_code)]

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use cloister_ring::{HEADER_WORDS, MINIMUM_WORDS, Reader, Record, TooLong, Writer};
use proptest::prelude::*;

fn memory(words: usize) -> Vec<AtomicU64> {
    (0..words).map(|_| AtomicU64::new(0)).collect()
}

/// The next record's bytes.
fn read(reader: &mut Reader<'_>) -> Option<Vec<u8>> {
    let mut buffer = vec![0xee; reader.limit()];
    let Record { length, .. } = reader.read(&mut buffer)?;
    buffer.truncate(length);
    Some(buffer)
}

#[test]
fn records_of_any_length_come_out_as_they_went_in() {
    let words = memory(HEADER_WORDS + 37);
    let mut writer = Writer::new(&words, 1).unwrap();
    let mut reader = Reader::new(&words).unwrap();
    assert_eq!(writer.limit(), 16 * 8, "two of the longest fit");
    for length in (0..=writer.limit()).cycle().take(1000) {
        let record: Vec<u8> = (0..length).map(|byte| (byte * 7 + length) as u8).collect();
        writer.write(&record).unwrap();
        assert_eq!(read(&mut reader), Some(record));
        assert_eq!(read(&mut reader), None);
    }
    assert_eq!(reader.statistics().records, 1000);
    assert_eq!(reader.statistics().lost_records, 0);
}

#[test]
fn a_record_that_is_too_long_changes_nothing() {
    let words = memory(MINIMUM_WORDS);
    let mut writer = Writer::new(&words, 1).unwrap();
    writer.write(b"whole").unwrap();
    let before: Vec<u64> = words.iter().map(|word| word.load(Relaxed)).collect();
    assert_eq!(writer.write(&[0; 9]), Err(TooLong { limit: 8 }));
    assert_eq!(writer.write_parts(&[&[0; 4], &[0; 5]]), Err(TooLong { limit: 8 }));
    let after: Vec<u64> = words.iter().map(|word| word.load(Relaxed)).collect();
    assert_eq!(before, after);
}

#[test]
fn too_little_memory_is_no_ring() {
    let words = memory(MINIMUM_WORDS - 1);
    assert!(Writer::new(&words, 1).is_none());
    assert!(Reader::new(&words).is_none());
}

#[test]
fn a_buffer_that_is_too_short_gets_the_start_and_the_length() {
    let words = memory(64);
    Writer::new(&words, 3).unwrap().write(b"twenty bytes or more").unwrap();
    let mut buffer = [0; 6];
    let record = Reader::new(&words).unwrap().read(&mut buffer);
    assert_eq!(record, Some(Record { length: 20, sequence: 0, epoch: 3 }));
    assert_eq!(&buffer, b"twenty");
}

#[test]
fn a_reader_that_was_overrun_goes_on_at_the_oldest_whole_record_and_knows_what_it_lost() {
    // Room for four records of one word.
    let words = memory(HEADER_WORDS + 12);
    let mut writer = Writer::new(&words, 1).unwrap();
    let mut reader = Reader::new(&words).unwrap();
    writer.write(&[0]).unwrap();
    assert_eq!(read(&mut reader), Some(vec![0]));
    (1..=9).for_each(|number| writer.write(&[number]).unwrap());
    let rest: Vec<_> = std::iter::from_fn(|| read(&mut reader)).collect();
    assert_eq!(rest, [[6], [7], [8], [9]]);
    let statistics = reader.statistics();
    assert_eq!((statistics.overruns, statistics.lost_records), (1, 5));
    assert_eq!(statistics.lost_bytes, 5 * 3 * 8);
}

#[test]
fn the_latest_value_is_read_once_and_what_is_left_out_is_not_lost() {
    let words = memory(64);
    let mut writer = Writer::new(&words, 1).unwrap();
    let mut reader = Reader::new(&words).unwrap();
    let mut buffer = [0; 1];
    assert_eq!(reader.read_latest(&mut buffer), None);
    (0..100).for_each(|number| writer.write(&[number]).unwrap());
    assert_eq!(reader.read_latest(&mut buffer).map(|record| record.sequence), Some(99));
    assert_eq!(buffer, [99]);
    assert_eq!(reader.read_latest(&mut buffer), None);
    assert_eq!(reader.statistics().lost_records, 0);
}

#[test]
fn a_restarted_writer_goes_on_behind_what_it_had_written() {
    let words = memory(64);
    let mut reader = Reader::new(&words).unwrap();
    Writer::new(&words, 1).unwrap().write(b"first life").unwrap();
    Writer::new(&words, 2).unwrap().write(b"second life").unwrap();
    let mut buffer = [0; 32];
    let first = reader.read(&mut buffer).unwrap();
    let second = reader.read(&mut buffer).unwrap();
    assert_eq!((first.epoch, first.sequence), (1, 0));
    assert_eq!((second.epoch, second.sequence), (2, 1));
    assert_eq!(reader.statistics().epoch_changes, 1);
    assert_eq!(reader.statistics().lost_records, 0);
}

#[test]
fn a_restarted_writer_lays_out_anew_what_is_no_ring() {
    for broken in 0..MINIMUM_WORDS {
        let words = memory(MINIMUM_WORDS);
        let mut reader = Reader::new(&words).unwrap();
        let mut writer = Writer::new(&words, 1).unwrap();
        for number in 0..7 {
            writer.write(&[number]).unwrap();
            read(&mut reader);
        }
        words[broken].store(u64::MAX / 3, Relaxed);
        let mut writer = Writer::new(&words, 2).unwrap();
        for number in 100..110 {
            writer.write(&[number]).unwrap();
            assert_eq!(read(&mut reader), Some(vec![number]), "word {broken}");
        }
    }
}

#[test]
fn a_new_reader_begins_at_the_oldest_record() {
    let words = memory(HEADER_WORDS + 12);
    let mut writer = Writer::new(&words, 1).unwrap();
    (0..10).for_each(|number| writer.write(&[number]).unwrap());
    let mut reader = Reader::new(&words).unwrap();
    assert_eq!(read(&mut reader), Some(vec![6]));
    assert_eq!(reader.statistics().overruns, 0, "it has lost nothing that it ever had");
}

/// What happens to a ring.
#[derive(Clone, Debug)]
enum Step {
    Write(Vec<Vec<u8>>),
    Read(usize),
    RestartWriter,
    RestartReader,
}

fn step() -> impl Strategy<Value = Step> {
    let part = prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        8 => prop::collection::vec(part, 0..4).prop_map(Step::Write),
        8 => (0..80_usize).prop_map(Step::Read),
        1 => Just(Step::RestartWriter),
        1 => Just(Step::RestartReader),
    ]
}

proptest! {
    #[test]
    fn a_ring_is_a_queue_that_forgets_its_oldest_records(
        size in MINIMUM_WORDS..120,
        steps in prop::collection::vec(step(), 0..200),
    ) {
        let words = memory(size);
        let mut epoch = 1;
        let mut writer = Writer::new(&words, epoch).unwrap();
        let mut reader = Reader::new(&words).unwrap();
        // Records that the ring holds, with their numbers, and words that they take.
        let mut held: VecDeque<(u64, u32, Vec<u8>)> = VecDeque::new();
        let size_of = |record: &[u8]| 2 + record.len().div_ceil(8);
        let (mut next_written, mut next_read, mut lost) = (0_u64, None, 0_u64);
        for step in steps {
            match step {
                Step::Write(parts) => {
                    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
                    let record = parts.concat();
                    let written = writer.write_parts(&parts);
                    prop_assert_eq!(written.is_ok(), record.len() <= writer.limit());
                    if written.is_ok() {
                        held.push_back((next_written, epoch, record));
                        next_written += 1;
                        let room = size - HEADER_WORDS;
                        while held.iter().map(|(.., record)| size_of(record)).sum::<usize>() > room {
                            held.pop_front();
                        }
                    }
                }
                Step::Read(length) => {
                    let mut buffer = vec![0; length];
                    let unread = held.iter().find(|held| next_read.is_none_or(|next| held.0 >= next));
                    let expected = unread.map(|(number, epoch, record)| {
                        lost += next_read.map_or(0, |next| number - next);
                        next_read = Some(number + 1);
                        (Record { length: record.len(), sequence: *number, epoch: *epoch }, record)
                    });
                    prop_assert_eq!(reader.read(&mut buffer), expected.map(|(head, _)| head));
                    if let Some((_, record)) = expected {
                        let used = length.min(record.len());
                        prop_assert_eq!(&buffer[..used], &record[..used]);
                        prop_assert!(buffer[used..].iter().all(|byte| *byte == 0));
                    }
                    prop_assert_eq!(reader.statistics().lost_records, lost);
                }
                Step::RestartWriter => {
                    epoch += 1;
                    writer = Writer::new(&words, epoch).unwrap();
                }
                Step::RestartReader => {
                    reader = Reader::new(&words).unwrap();
                    (next_read, lost) = (None, 0);
                }
            }
        }
        prop_assert_eq!(reader.statistics().malformed, 0);
    }

    #[test]
    fn no_content_of_the_memory_is_too_much_for_reader_or_writer(
        mut content in prop::collection::vec(prop_oneof![0..200_u64, any::<u64>()], 0..60),
        lays_claim in any::<bool>(),
        length in 0..200_usize,
    ) {
        if let (true, Some(format)) = (lays_claim, content.first_mut()) {
            *format = 0x3152_4c43_0000_0001;
        }
        let words: Vec<AtomicU64> = content.into_iter().map(AtomicU64::new).collect();
        let Some(mut reader) = Reader::new(&words) else { return Ok(()) };
        let mut buffer = vec![0; length];
        for _ in 0..100 {
            reader.read(&mut buffer);
            reader.read_latest(&mut buffer);
        }
        let mut writer = Writer::new(&words, 7).unwrap();
        let record = vec![1; writer.limit()];
        writer.write(&record).unwrap();
        let mut buffer = vec![0; record.len()];
        let found = (0..100).any(|_| {
            reader.read(&mut buffer).is_some_and(|head| head.epoch == 7 && head.length == record.len())
        });
        prop_assert!(found && buffer == record, "what was written then is read");
    }
}

#[test]
fn a_record_is_filled_and_emptied_where_it_lies_and_is_found_out_if_it_was_overwritten_meanwhile() {
    let words = memory(HEADER_WORDS + 37);
    let mut writer = Writer::new(&words, 1).unwrap();
    let mut reader = Reader::new(&words).unwrap();
    // All places around the end of the memory, at odd ones of bytes.
    for round in 0..100_u8 {
        let record: Vec<u8> = (0..101).map(|byte| byte ^ round).collect();
        let (head, rest) = record.split_at(7);
        let written = writer.write_behind(head, record.len(), |span| {
            let mut rest = rest;
            for piece in span.pieces(7, usize::MAX) {
                let (now, later) = rest.split_at(piece.length);
                piece.store(now);
                rest = later;
            }
            rest.is_empty()
        });
        assert_eq!(written, Ok(true));
        assert_eq!(writer.write_behind(&[], 9, |_| false), Ok(false), "given up, and never seen");

        let mut start = [0; 20];
        let peeked = reader.peek(&mut start).unwrap();
        assert_eq!((&start[..], peeked.record.length), (&record[..20], record.len()));
        let mut bytes = start.to_vec();
        for piece in peeked.span.pieces(20, usize::MAX) {
            let mut part = vec![0; piece.length];
            piece.load(&mut part);
            bytes.extend(part);
        }
        assert_eq!(bytes, record);
        assert!(reader.pass(&peeked) && reader.peek(&mut start).is_none());
    }
    writer.write(&[1; 100]).unwrap();
    let peeked = reader.peek(&mut []).unwrap();
    for _ in 0..2 {
        writer.write(&[2; 100]).unwrap();
    }
    assert!(!reader.pass(&peeked), "it was overwritten");
    assert_eq!(read(&mut reader), Some(vec![2; 100]));
    assert_eq!(reader.statistics().lost_records, 1);
}
