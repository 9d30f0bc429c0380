//! Whatever was found once is tried again at every test run.

use std::path::Path;

use cloister_vmm_fuzz::{TARGETS, replay};

#[test]
fn every_promise_holds_for_the_kept_corpus_and_the_seeds() {
    for (name, target) in TARGETS {
        for kind in ["corpus", "seeds"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(kind).join(name);
            let inputs = replay(*target, &folder).expect("inputs of each target");
            assert!(inputs > 0, "{} is empty", folder.display());
        }
    }
}
