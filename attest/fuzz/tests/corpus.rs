//! The promises of the targets on seeds, on whatever was found once, and on both with random damage.

use std::{fs, path::Path};

use cloister_attest_fuzz::TARGETS;
use proptest::prelude::*;

/// The inputs of a target: what fuzzing starts from, and what it kept.
fn inputs(name: &str) -> Vec<Vec<u8>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["seeds", "corpus"].map(|kind| here.join(kind).join(name));
    let files = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let mut paths: Vec<_> = files.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort_unstable();
    paths.iter().map(|path| fs::read(path).expect("an input")).collect()
}

#[test]
fn every_promise_holds_for_seeds_and_kept_inputs() {
    for (name, target) in TARGETS {
        let inputs = inputs(name);
        assert!(!inputs.is_empty(), "{name} has no seeds");
        inputs.iter().for_each(|input| target(input));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_promise_holds_for_random_bytes(input in prop::collection::vec(any::<u8>(), 0..400)) {
        for (_, target) in TARGETS {
            target(&input);
        }
    }

    #[test]
    fn every_promise_holds_for_damaged_inputs(
        choice in any::<prop::sample::Index>(),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        for (name, target) in TARGETS {
            let inputs = inputs(name);
            let mut input = choice.get(&inputs).clone();
            for (place, byte) in &places {
                let place = place.index(input.len());
                input[place] = *byte;
            }
            if let Some(cut) = &cut {
                input.truncate(cut.index(input.len()));
            }
            target(&input);
        }
    }
}
