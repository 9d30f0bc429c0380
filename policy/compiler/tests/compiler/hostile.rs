//! Input that nobody would write by accident: the compiler answers, with bounded output.

use cloister_policy::{
    diagnostic::MAX_FINDINGS,
    render::{Style, human},
    synthetic,
};

use crate::common::check_fixture;

fn answers(text: String) -> usize {
    let outcome = check_fixture("hostile.toml", text.into_bytes());
    assert!(!outcome.is_sound());
    assert!(outcome.diagnostics.len() <= MAX_FINDINGS);
    let shown = human(&outcome, Style::Plain);
    assert!(shown.len() < 1 << 20, "{} bytes of messages", shown.len());
    outcome.diagnostics.len() + outcome.more
}

#[test]
fn deep_nesting_is_refused() {
    answers(format!("a = {}", "[".repeat(200_000)));
    answers(format!("a = {}", "{b=".repeat(200_000)));
    answers(format!("[{}]", "a.".repeat(200_000)));
    answers(format!("{} = 1", vec!["a"; 20_000].join(".")));
}

#[test]
fn very_many_errors_are_counted_and_few_are_shown() {
    let unknown: String = (0..60_000).map(|number| format!("k{number} = 1\n")).collect();
    assert!(answers(format!("[system]\n{unknown}")) > 50_000);
    let dangling: String = (0..20_000)
        .map(|number| {
            format!(
                "[channel.c{number}]\nfrom = \"x{number}\"\nto = \"y{number}\"\nsize = \"4 KiB\"\n"
            )
        })
        .collect();
    assert!(answers(dangling) > 40_000);
    let twice: String = (0..5_000).map(|_| "name = \"x\"\n").collect();
    assert!(answers(format!("[system]\n{twice}")) > 4_000);
}

#[test]
fn one_enormous_line_is_shown_in_part() {
    answers(format!("format = 1\n[system]\nname = \"{}\"", "x".repeat(4 << 20)));
    answers("\u{202e}".repeat(100_000));
}

#[test]
fn a_web_of_channels_both_ways_is_answered() {
    // Every channel down, and every subject an end of many.
    let text = synthetic::policy(300)
        .replace("from = \"w", "swap = \"w")
        .replace("to = \"w", "from = \"w");
    answers(text.replace("swap = \"w", "to = \"w"));
}

#[test]
fn every_prefix_of_a_policy_is_answered() {
    let text = synthetic::policy(2);
    for end in (0..text.len()).filter(|&end| text.is_char_boundary(end)).step_by(7) {
        check_fixture("prefix.toml", text.as_bytes()[..end].to_vec());
    }
}
