//! The examples and the starter are sound, compile, and say nothing but their documented warnings.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Cursor},
};

use cloister_policy::{
    compile::{Options, check, compile},
    date::Day,
    files::{FileSource, ReadSeek},
    layout, report,
    starter::STARTER,
};
use cloister_policy_format::{ChannelKind, PolicyView, SubjectIndex};

use crate::common::{linux, path};

/// Every file there is: kernels where a name says so, programs else.
struct AnyFile;

impl FileSource for AnyFile {
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadSeek>> {
        let bytes = if name.ends_with("vmlinuz") {
            linux()
        } else {
            let mut bytes = vec![0; 64];
            bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
            bytes[18] = 62;
            bytes
        };
        Ok(Box::new(Cursor::new(bytes)))
    }
}

fn compiled(name: &str, text: &str, expected_warnings: &[&str]) -> (Vec<u8>, String) {
    let today = Day::from_date(2026, 11, 23).expect("a day");
    let options = Options { files: Some(&AnyFile), today, ..Options::default() };
    let outcome = check(name, text.as_bytes().to_vec(), &options);
    let found: BTreeSet<&str> = outcome.diagnostics.iter().map(|it| it.check.id).collect();
    assert_eq!(found, expected_warnings.iter().copied().collect(), "{name}");
    let compiled = compile(&outcome).expect("a sound policy");
    (compiled.bytes, compiled.report)
}

fn example(name: &str) -> String {
    fs::read_to_string(path("../examples").join(name)).expect("an example")
}

#[test]
fn each_example_compiles_with_its_documented_warnings_only() {
    for (name, warnings) in [
        ("one-world.toml", &["P188", "P228"][..]),
        ("two-worlds.toml", &["P188", "P220", "P228", "P230"]),
        ("desktop.toml", &["P188", "P220", "P228"]),
        ("workstation.toml", &["P188"]),
        ("server.toml", &["P188"]),
    ] {
        let (bytes, report) = compiled(name, &example(name), warnings);
        let view = PolicyView::decode(&bytes).expect("the appliance reads it");
        assert!(!view.worlds().is_empty());
        assert!(report.contains("WHO MAY TELL WHOM"));
    }
}

#[test]
fn the_starter_has_no_error() {
    compiled("starter.toml", STARTER, &["P188", "P228"]);
}

#[test]
fn examples_and_starter_are_in_order() {
    let names =
        ["one-world.toml", "two-worlds.toml", "desktop.toml", "workstation.toml", "server.toml"];
    let texts = names.map(|name| (name, example(name)));
    for (name, text) in texts.into_iter().chain([("starter", STARTER.to_owned())]) {
        assert!(layout::format(&text).expect("TOML") == text, "{name}: run `cloister-policy fmt`");
    }
}

#[test]
fn two_worlds_have_one_way_up_and_none_down() {
    let warnings = ["P188", "P220", "P228", "P230"];
    let (bytes, _) = compiled("two-worlds.toml", &example("two-worlds.toml"), &warnings);
    let view = PolicyView::decode(&bytes).expect("the appliance reads it");
    let number = |name: &str| {
        let position = view.worlds().iter().position(|world| world.name == name);
        SubjectIndex(position.expect("a world") as u32)
    };
    let (internet, office) = (number("internet"), number("office"));
    let between: Vec<_> = view
        .channels()
        .iter()
        .filter(|channel| {
            [channel.writer, channel.reader].iter().all(|it| [internet, office].contains(it))
        })
        .collect();
    assert_eq!(between.len(), 1);
    assert_eq!((between[0].writer, between[0].reader), (internet, office));
    assert_eq!(between[0].kind, ChannelKind::FileDrop);
}

#[test]
fn order_of_statements_means_nothing() {
    let text = example("workstation.toml");
    let mut document: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') || document.is_empty() {
            document.push(String::new());
        }
        let section = document.last_mut().expect("a section");
        section.push_str(line);
        section.push('\n');
    }
    let head = document.remove(0);
    document.reverse();
    let reversed = format!("{head}{}", document.concat());
    let warnings = ["P188"];
    assert_eq!(compiled("a", &text, &warnings).0, compiled("a", &reversed, &warnings).0);
}

#[test]
fn the_report_tells_each_way_with_its_line_and_reason() {
    let text = example("workstation.toml");
    let options = Options { allow: &["warnings".to_owned()], ..Options::default() };
    let report = report::report(&check("workstation.toml", text.into_bytes(), &options));
    for sentence in [
        "desk may send text/plain of at most 4 KiB, at most 2/day, down to mail, through text-guard",
        "Reason: weekly status to the supplier, approved under order 12/26.",
        "because: open sources are read beside secret work.",
        "2 of 3: amber, basil and cedar",
    ] {
        assert!(report.contains(sentence), "{sentence}\n{report}");
    }
}

#[test]
fn the_manuals_reference_is_what_the_schema_says() {
    let written =
        fs::read_to_string(path("../../docs/policy-reference.md")).expect("the reference");
    assert!(
        written == cloister_policy::schema::reference(),
        "run `cloister-policy schema --markdown > docs/policy-reference.md`"
    );
}

#[test]
fn the_manuals_worked_example_is_what_the_report_says() {
    let manual = fs::read_to_string(path("../../docs/policy.md")).expect("the manual");
    let text = example("two-worlds.toml").into_bytes();
    let report = report::report(&check("two-worlds.toml", text, &Options::default()));
    let (_, told) = report.split_once("WHO MAY TELL WHOM").expect("the ways");
    let (told, _) = told.split_once("THE CLIPBOARD").expect("what follows");
    assert!(manual.contains(told.trim()), "{told}");
}

#[test]
fn worlds_have_a_monitor_whether_it_is_named_or_not() {
    let text = example("one-world.toml");
    let named = text.replace("[machine]", "monitor = { file = \"other/monitor\" }\n\n[machine]");
    for (text, file) in [(&text, "native/monitor"), (&named, "other/monitor")] {
        let (bytes, _) = compiled("one-world.toml", text, &["P188", "P228"]);
        let view = PolicyView::decode(&bytes).expect("the appliance reads it");
        let monitor = view.system().monitor.expect("a monitor");
        assert_eq!(view.files().get(monitor.position()).expect("a file").name, file);
    }
}

#[test]
fn the_appliance_learns_which_processors_share_a_core() {
    let (bytes, _) = compiled("server.toml", &example("server.toml"), &["P188"]);
    let view = PolicyView::decode(&bytes).expect("the appliance reads it");
    let groups: Vec<u64> = view.sibling_groups().iter().map(|group| group.cpus.0).collect();
    assert_eq!(groups, [0b11, 0b1100, 0b11_0000, 0b1100_0000]);
    assert_eq!(view.machine().switch_cost, 20_000);
}
