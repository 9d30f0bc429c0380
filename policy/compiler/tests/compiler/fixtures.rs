//! Each check has a fixture that breaks its rule and no other, with the exact message beside it.
//!
//! `BLESS=1 cargo test -p cloister-policy --test compiler` writes the messages anew: read the
//! difference before it is committed.

use std::{collections::BTreeMap, fs, path::PathBuf};

use cloister_policy::{
    checks,
    compile::Outcome,
    diagnostic::Severity,
    render::{Style, human},
    source::MAX_BYTES,
};

use crate::common::{check_fixture, path};

fn fixtures() -> BTreeMap<String, PathBuf> {
    let mut fixtures = BTreeMap::new();
    for entry in fs::read_dir(path("tests/fixtures")).expect("the folder of fixtures") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            fixtures.insert(name, path);
        }
    }
    fixtures
}

fn outcome(name: &str, path: &PathBuf) -> Outcome {
    let mut bytes = fs::read(path).expect("a fixture");
    if name == "P001-too-large" {
        // The one fixture that would be too large for the repository.
        bytes.resize(MAX_BYTES + 1, b'\n');
    }
    check_fixture(&format!("{name}.toml"), bytes)
}

#[test]
fn every_check_has_a_fixture_that_breaks_it_and_nothing_else() {
    let fixtures = fixtures();
    let mut wrong = Vec::new();
    for check in checks::all() {
        let name = format!("{}-{}", check.id, check.name);
        let Some(path) = fixtures.get(&name) else {
            wrong.push(format!("{name}.toml is missing"));
            continue;
        };
        let rule = format!("# {}: {}\n", check.id, check.sentence);
        if !fs::read(path).expect("a fixture").starts_with(rule.as_bytes()) {
            wrong.push(format!("{name} does not begin with its rule: {rule}"));
        }
        let outcome = outcome(&name, path);
        if outcome.diagnostics.iter().all(|it| it.check.id != check.id) {
            wrong.push(format!("{name} is not found"));
        }
        for diagnostic in &outcome.diagnostics {
            if diagnostic.check.id != check.id && diagnostic.severity == Severity::Error {
                let (id, message) = (diagnostic.check.id, &diagnostic.message);
                wrong.push(format!("{name} also breaks {id}: {message}"));
            }
            if diagnostic.help.is_empty() {
                wrong.push(format!("{name} does not say what to do"));
            }
        }
        if outcome.is_sound() != (check.severity == Severity::Warning) {
            wrong.push(format!("{name} has the wrong severity"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(fixtures.len(), checks::all().count(), "fixtures without a check");
}

#[test]
fn every_message_is_exactly_as_recorded() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for (name, path) in fixtures() {
        let text = human(&outcome(&name, &path), Style::Plain);
        let recorded = path.with_extension("txt");
        if bless {
            fs::write(&recorded, &text).expect("the record is written");
        } else if fs::read_to_string(&recorded).ok().as_deref() != Some(&text) {
            wrong.push(format!("{name}:\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
