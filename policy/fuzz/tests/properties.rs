//! The promises of the fuzz targets on random bytes, and on the kept corpus with random damage:
//! a little of what `.ci/fuzz` does for longer, at every test run.

use std::{fs, path::Path};

use cloister_policy_fuzz::TARGETS;
use proptest::prelude::*;

/// A change of an input.
#[derive(Clone, Debug)]
enum Damage {
    /// A byte becomes another.
    Set(usize, u8),
    /// What follows a place is cut off.
    Cut(usize),
    /// A byte is put in.
    Insert(usize, u8),
    /// Some bytes go.
    Remove(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => (any::<usize>(), any::<u8>()).prop_map(|(place, byte)| Damage::Set(place, byte)),
        1 => any::<usize>().prop_map(Damage::Cut),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(place, byte)| Damage::Insert(place, byte)),
        2 => (any::<usize>(), 1..16_usize).prop_map(|(place, count)| Damage::Remove(place, count)),
    ]
}

fn damaged(mut input: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let length = input.len();
        match *damage {
            _ if length == 0 => input.push(0),
            Damage::Set(place, byte) => input[place % length] = byte,
            Damage::Cut(place) => input.truncate(place % length),
            Damage::Insert(place, byte) => input.insert(place % length, byte),
            Damage::Remove(place, count) => {
                let start = place % length;
                input.drain(start..(start + count).min(length));
            }
        }
    }
    input
}

/// The kept inputs of a target.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("a corpus")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort_unstable();
    paths.iter().map(|path| fs::read(path).expect("an input")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_promise_holds_for_random_bytes(input in prop::collection::vec(any::<u8>(), 0..400)) {
        for (_, target) in TARGETS {
            target(&input);
        }
    }

    #[test]
    fn every_promise_holds_for_damaged_inputs(
        choice in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        for (name, target) in TARGETS {
            let corpus = corpus(name);
            target(&damaged(choice.get(&corpus).clone(), &damages));
        }
    }
}
