//! The result of an appraisal for people.

use std::fmt::Write as _;

use crate::{Appraisal, Outcome};

/// Digits of a digest that are shown: enough to tell two apart.
const DIGITS: usize = 16;

/// Shortens every digest in a text.
fn short(text: &str) -> String {
    let is_digest = |word: &str| word.len() == 64 && word.bytes().all(|it| it.is_ascii_hexdigit());
    let shortened = text.split(' ').map(|word| {
        let bare = word.trim_end_matches(',');
        if is_digest(bare) {
            format!("{}…{}", &bare[..DIGITS], &word[bare.len()..])
        } else {
            word.to_owned()
        }
    });
    shortened.collect::<Vec<_>>().join(" ")
}

/// The table: claim, expected, came, what it means; then the conclusion.
#[must_use]
pub fn render(appraisal: &Appraisal) -> String {
    let rows: Vec<[String; 5]> = appraisal
        .findings
        .iter()
        .map(|finding| {
            [
                finding.outcome.to_string(),
                finding.claim.to_owned(),
                short(&finding.expected),
                short(&finding.came),
                finding.meaning.clone(),
            ]
        })
        .collect();
    let title = ["", "Claim", "Expected", "Came", "What it means"].map(str::to_owned);
    let width = |column: usize| {
        let cells = rows.iter().chain([&title]).map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths = [0, 1, 2, 3].map(width);
    let mut text = String::new();
    for row in [&title].into_iter().chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            // Formatting to a width cannot fail on a string.
            let _ = write!(line, "{cell:width$}  ");
        }
        line.push_str(&row[4]);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&conclusion(appraisal));
    text.push('\n');
    text
}

/// The result in a sentence or two.
#[must_use]
pub fn conclusion(appraisal: &Appraisal) -> String {
    let machine = match &appraisal.machine {
        Some(machine) => format!("The machine \"{}\"", machine.name),
        None => "This machine".to_owned(),
    };
    let mut text = match appraisal.outcome() {
        Outcome::Passed => {
            format!("{machine} runs what it should: every check passed.")
        }
        Outcome::Warned => {
            format!("{machine} runs what it should, with what you let pass.")
        }
        Outcome::Failed => {
            let failures = appraisal.failures().count();
            let first = appraisal.failures().next();
            let first = first.map_or_else(String::new, |finding| {
                format!("{}: {}", finding.claim, finding.meaning)
            });
            let noun = if failures == 1 { "check" } else { "checks" };
            format!("{machine} is not to be trusted: {failures} {noun} failed. First, {first}.")
        }
    };
    if let Some(code) = appraisal.short_code.filter(|_| appraisal.is_acceptable()) {
        let _ = write!(text, "\nIts trusted screen shows {code}.");
    }
    text
}
