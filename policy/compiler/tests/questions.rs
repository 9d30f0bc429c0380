//! What questions answer, word for word. `UPDATE_GOLDEN=1 cargo test --test questions` writes the
//! answers anew; read the difference before you commit it.

use std::{env, fs, path::PathBuf};

use clap::Parser;
use cloister_policy::questions::{
    AssertArgs, DiffArgs, ExplainArgs, GraphArgs, QuestionError, WhatIfArgs,
};

#[derive(Parser)]
enum Command {
    Assert(AssertArgs),
    Diff(DiffArgs),
    Explain(ExplainArgs),
    Graph(GraphArgs),
    WhatIf(WhatIfArgs),
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/questions")
}

/// What the command line answers, then its exit status. Names of files are those of the folder.
fn answer(words: &[&str]) -> String {
    let path = |word: &&str| {
        if word.ends_with(".toml") { folder().join(word).into_os_string() } else { word.into() }
    };
    let words = std::iter::once("cloister-policy".into()).chain(words.iter().map(path));
    let command = Command::try_parse_from(words).unwrap_or_else(|error| panic!("{error}"));
    let mut out = Vec::new();
    let result: Result<_, QuestionError> = match command {
        Command::Assert(args) => args.run(&mut out),
        Command::Diff(args) => args.run(&mut out),
        Command::Explain(args) => args.run(&mut out),
        Command::Graph(args) => args.run(&mut out),
        Command::WhatIf(args) => args.run(&mut out),
    };
    let end = match result {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => format!("error: {error}"),
    };
    let text = String::from_utf8(out).expect("text");
    format!("{text}{end}\n").replace(&format!("{}/", folder().display()), "")
}

fn check(name: &str, words: &[&str]) {
    compare(name, answer(words));
}

/// Compares an answer with the kept one.
fn compare(name: &str, answer: String) {
    let path = folder().join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, answer).expect("written");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(answer == expected, "{name} is not what is answered now:\n{answer}");
}

#[test]
fn a_way_is_explained_with_its_lines() {
    check("explain-way.txt", &["explain", "workstation.toml", "internet", "vault"]);
    check("explain-link.txt", &["explain", "workstation.toml", "test", "build"]);
    check("explain-clipboard.txt", &["explain", "workstation.toml", "outside", "test"]);
}

#[test]
fn a_way_through_a_guard_says_what_passes() {
    check("explain-guard.txt", &["explain", "workstation.toml", "office", "outside"]);
}

#[test]
fn a_way_through_a_separator_says_that_it_is_trusted() {
    check("explain-separator.txt", &["explain", "workstation.toml", "build", "mission"]);
}

#[test]
fn no_way_is_explained_by_what_is_near() {
    check("explain-none.txt", &["explain", "workstation.toml", "vault", "internet"]);
}

#[test]
fn an_unknown_name_suggests_the_nearest() {
    assert_eq!(
        answer(&["explain", "workstation.toml", "vault", "ofice"]),
        "error: there is no world, component or outside network `ofice`: did you mean `office`?\n"
    );
}

#[test]
fn assertions_say_what_is_the_case() {
    let claims = ["--flow", "internet", "vault", "--no-flow", "vault", "internet"];
    let guarded = ["--guarded", "office", "internet"];
    let good = [&["assert", "workstation.toml"][..], &claims, &guarded].concat();
    check("assert-holds.txt", &good);
    let bad = ["--guarded", "mission", "internet", "--no-flow", "internet", "vault"];
    check("assert-fails.txt", &[&good[..], &bad].concat());
}

#[test]
fn what_widens_is_told_apart_from_what_does_not() {
    check("diff.txt", &["diff", "workstation.toml", "changed.toml"]);
    check("diff-back.txt", &["diff", "changed.toml", "workstation.toml"]);
}

#[test]
fn a_policy_does_not_differ_from_itself_nor_by_layout_or_defaults() {
    check("diff-same.txt", &["diff", "workstation.toml", "workstation.toml"]);
    check("diff-layout.txt", &["diff", "workstation.toml", "relaid.toml"]);
}

#[test]
fn a_change_in_thought_is_answered_like_a_difference() {
    let base = ["what-if", "workstation.toml"];
    let set = ["--set", "guard.release.content.max=64 KiB", "--set", "system.version=8"];
    check("what-if-set.txt", &[&base[..], &set].concat());
    let unset = ["--unset", "guard.release", "--unset", "component.text-guard"];
    let slots = ["--set", "schedule.cpu.0=[{ subject = \"gui\", time = \"20 ms\" }]"];
    check("what-if-unset.txt", &[&base[..], &unset, &slots].concat());
    check("what-if-fragment.txt", &["what-if", "workstation.toml", "fragment.toml"]);
}

#[test]
fn each_command_to_another_is_a_right_of_its_own() {
    let set = ["--set", "component.gui.controls={ office = [\"start\", \"stop\"] }"];
    check("what-if-control.txt", &[&["what-if", "workstation.toml"][..], &set].concat());
}

#[test]
fn a_change_that_breaks_the_policy_is_answered_with_what_breaks() {
    let leak = ["--set", "channel.leak.from=office", "--set", "channel.leak.to=mission"];
    let size = ["--set", "channel.leak.size=4 KiB"];
    check("what-if-leak.txt", &[&["what-if", "workstation.toml"][..], &leak, &size].concat());
    let unknown = answer(&["what-if", "workstation.toml", "--set", "world.office.colour=red"]);
    let cannot = "error: workstation.toml with the change cannot be understood: ";
    assert!(unknown.starts_with(cannot) && unknown.contains("`colour`"), "{unknown}");
}

/// The manual shows this picture.
#[test]
fn the_picture_is_drawn_the_same_each_time() {
    for (name, format) in [("graph.svg", "svg"), ("graph.dot", "dot")] {
        let picture = answer(&["graph", "workstation.toml", "--format", format]);
        let picture = picture.strip_suffix("Fine\n").expect("a picture");
        compare(name, picture.to_owned());
    }
}
