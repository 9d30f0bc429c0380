//! What can be wrong with text as such.

use toml::de::{DeTable, DeValue};

use crate::{
    checks::form,
    diagnostic::{Diagnostic, Findings, is_hidden, quote},
    source::{SourceFile, Span},
};

/// Reports characters that show a reviewer something else than what the compiler reads.
pub fn check_characters(source: &SourceFile, findings: &mut Findings) {
    let hidden = source
        .text()
        .char_indices()
        .filter(|&(_, character)| is_hidden(character) && !matches!(character, '\n' | '\r'));
    for (at, character) in hidden {
        findings.push(
            Diagnostic::new(
                &form::HIDDEN_CHARACTER,
                Span::from(at..at + character.len_utf8()),
                format!("there is an invisible character here, U+{:04X}", u32::from(character)),
            )
            .help("delete it: what reviewers see must be what the compiler reads"),
        );
    }
}

/// For how many keys that are given twice the first place is looked up: it takes time in proportion
/// to the length of the file.
const MOST_FIRST_PLACES: usize = 50;

/// A parser's error, the `number`-th, as a finding.
pub fn syntax_error(
    source: &SourceFile,
    root: &DeTable<'_>,
    error: &toml::de::Error,
    number: usize,
) -> Diagnostic {
    let span = error.span().map_or_else(Span::default, Span::from);
    if error.message().starts_with("duplicate key") {
        let mut finding = Diagnostic::new(
            &form::DUPLICATE_KEY,
            span,
            format!("{} is given twice", quote(source.slice(span))),
        )
        .label("the second one")
        .help("keep one of the two, or give this one another name");
        if number < MOST_FIRST_PLACES
            && let Some(first) = first_place(source, root, span)
        {
            finding = finding.also(first, "the first one");
        }
        return finding;
    }
    Diagnostic::new(
        &form::SYNTAX,
        span,
        format!("this is not TOML: {}", error.message()),
    )
    .help("mend this line; a text stands in quotes, a list in brackets, a table's name in brackets on a line of its own")
}

/// Where the key that is given again at `second` was given first: its path is read off the heading
/// above it, and looked up.
fn first_place(source: &SourceFile, root: &DeTable<'_>, second: Span) -> Option<Span> {
    let before = source.text().get(..second.start as usize)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let own = source.text().get(line_start..second.end as usize)?.trim_start();
    let path = match own.strip_prefix('[') {
        Some(heading) => heading.to_owned(),
        None => {
            let heading = before.lines().rev().map(str::trim).find(|line| line.starts_with('['));
            let heading = heading
                .and_then(|line| line.trim_start_matches('[').split(']').next())
                .unwrap_or_default();
            if heading.is_empty() { own.to_owned() } else { format!("{heading}.{own}") }
        }
    };
    let mut parts = path.split('.').map(|part| part.trim().trim_matches(['"', '\''])).peekable();
    let mut table = root;
    while let Some(part) = parts.next() {
        let (key, value) = table.get_key_value(part)?;
        if parts.peek().is_none() {
            return Some(key.span().into()).filter(|first| *first != second);
        }
        let DeValue::Table(inner) = value.get_ref() else { return None };
        table = inner;
    }
    None
}
