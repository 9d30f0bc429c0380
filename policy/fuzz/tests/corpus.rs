//! Whatever was found once is tried again at every test run.

use std::path::Path;

use cloister_policy_fuzz::{TARGETS, replay};

#[test]
fn every_promise_holds_for_the_kept_corpus() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let inputs = replay(*target, &folder).expect("a corpus of each target");
        assert!(inputs > 0, "{} is empty", folder.display());
    }
}

/// What fuzzing starts from. The source target starts from the compiler's examples and fixtures.
#[test]
fn every_promise_holds_for_the_seeds() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, target) in TARGETS {
        let folder = match *name {
            "source" => crate_folder.join("../examples"),
            name => crate_folder.join("seeds").join(name),
        };
        let inputs = replay(*target, &folder).expect("seeds of each target");
        assert!(inputs > 0, "{} is empty", folder.display());
    }
}
