//! A reader of memory that changes at every look at it: it comes to an end, soon, and says nothing
//! that does not fit its buffer's length. The source of the ring is the crate's own.

#![forbid(unsafe_code)]

mod atomic;
#[path = "../../src/ring/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the crate's source, used in part")]
mod ring;

use atomic::{Answer, AtomicU64, answer, loads};
use proptest::prelude::*;
use ring::{HEADER_WORDS, MINIMUM_WORDS, Reader, Writer};

/// Loads beside those of a record's bytes: seven of the header before, two behind, the head's two.
const LOADS_OF_AN_ATTEMPT: usize = 11;
const ATTEMPTS: usize = 3;

fn lie() -> impl Strategy<Value = Answer> {
    prop_oneof![
        20 => Just(Answer::True),
        3 => (-4..4_i8).prop_map(Answer::Near),
        1 => any::<u64>().prop_map(Answer::Any),
        1 => (0..100_u64).prop_map(Answer::Any),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_each_load_finds_a_read_ends_within_its_bounds(
        size in MINIMUM_WORDS..80,
        lies in prop::collection::vec(lie(), 1..120),
        length in 0..300_usize,
    ) {
        answer(Vec::new());
        let words: Vec<_> = (0..size).map(|_| AtomicU64::new(0)).collect();
        let mut writer = Writer::new(&words, 1).unwrap();
        let mut reader = Reader::new(&words).unwrap();
        let mut buffer = vec![0; length];
        answer(lies);
        for round in 0..60 {
            if round % 3 == 0 {
                writer.write(&vec![round; writer.limit() / 2]).unwrap();
            }
            loads();
            let record = if round % 7 == 0 {
                reader.read_latest(&mut buffer)
            } else {
                reader.read(&mut buffer)
            };
            let most = ATTEMPTS * (LOADS_OF_AN_ATTEMPT + (size - HEADER_WORDS) / 2);
            prop_assert!(loads() <= most, "no more than {most}");
            prop_assert!(record.is_none_or(|record| record.length <= reader.limit()));
        }
        let statistics = reader.statistics();
        prop_assert!(statistics.records <= 60 && statistics.malformed <= 60);
    }

    #[test]
    fn a_writer_whose_own_memory_is_changed_under_it_comes_to_an_end(
        size in MINIMUM_WORDS..80,
        lies in prop::collection::vec(lie(), 1..120),
    ) {
        let words: Vec<_> = (0..size).map(|_| AtomicU64::new(0)).collect();
        answer(lies);
        for epoch in 0..4 {
            loads();
            let mut writer = Writer::new(&words, epoch).unwrap();
            prop_assert!(loads() <= 3 + size);
            for _ in 0..20 {
                writer.write(&vec![1; writer.limit()]).unwrap();
                prop_assert!(loads() <= size);
            }
        }
    }
}
