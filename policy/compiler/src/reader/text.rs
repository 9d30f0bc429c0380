//! What can be wrong with text as such.

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

/// A parser's error as a finding.
pub fn syntax_error(source: &SourceFile, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().map_or_else(Span::default, Span::from);
    if error.message().starts_with("duplicate key") {
        let finding = Diagnostic::new(
            &form::DUPLICATE_KEY,
            span,
            format!("{} is given twice", quote(source.slice(span))),
        );
        return finding
            .label("the second one")
            .help("keep one of the two, or give this one another name");
    }
    Diagnostic::new(&form::SYNTAX, span, format!("this is not TOML: {}", error.message()))
        .help("mend this line; a text stands in quotes, a list in brackets, a table's name in brackets on a line of its own")
}
