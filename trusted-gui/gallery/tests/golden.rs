//! Every screen looks as it was accepted.

use std::path::PathBuf;

use cloister_gallery::{
    ACCEPT,
    compare::{Gallery, Verdict},
    golden_directory, scenes,
};

#[test]
fn every_screen_is_as_accepted() {
    let changes = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gallery");
    let gallery = Gallery { golden: golden_directory(), changes };
    let scenes = scenes::all();
    let mut failures = vec![];
    for scene in &scenes {
        let verdict = gallery.check(scene).unwrap();
        if verdict != Verdict::Same {
            failures.push(format!("{}: {verdict:?}", scene.name));
        }
    }
    for orphan in gallery.orphans(&scenes).unwrap() {
        failures.push(format!("{} is rendered by no scene", orphan.display()));
    }
    assert!(
        failures.is_empty(),
        "{}\nPictures and differences are in {}. If they are right: {ACCEPT}",
        failures.join("\n"),
        gallery.changes.display(),
    );
}
