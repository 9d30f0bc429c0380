//! What the compiler has to say about a policy.

use std::collections::HashSet;

use crate::{
    check::Check,
    checks::form,
    nearest::nearest,
    source::{SourceFile, Span},
};

/// How many findings are kept. Who has more starts with these.
pub const MAX_FINDINGS: usize = 10_000;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The policy is not compiled.
    Error,
    /// The policy is compiled; an officer should know, and can make it an error.
    Warning,
}

impl Severity {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A second place that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub span: Span,
    /// What is there.
    pub label: String,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The check that found it.
    pub check: &'static Check,
    /// Error or warning, after the caller's wish to treat warnings as errors.
    pub severity: Severity,
    /// What is wrong, in the author's words.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What is there; may be empty.
    pub label: String,
    /// The other places, when things conflict.
    pub others: Vec<Place>,
    /// What to do.
    pub help: String,
}

impl Diagnostic {
    /// A finding of `check` at a place.
    pub fn new(check: &'static Check, span: Span, message: impl Into<String>) -> Self {
        Self {
            check,
            severity: check.severity,
            message: message.into(),
            span,
            label: String::new(),
            others: Vec::new(),
            help: String::new(),
        }
    }

    /// Says what is at the place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds another place.
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.others.push(Place { span, label: label.into() });
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// How many wrong names are compared with the right ones: a file of nothing but wrong names must not
/// take longer than others.
const MAX_SUGGESTIONS: usize = 100;

/// Findings in the making.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    kept: Vec<Diagnostic>,
    dropped: usize,
    suggestions: usize,
}

impl Findings {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.kept.len() < MAX_FINDINGS {
            self.kept.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }

    /// "Did you mean `x`? " when a candidate is near `name`, else nothing.
    pub fn suggest<'a>(
        &mut self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> String {
        if self.suggestions == MAX_SUGGESTIONS {
            return String::new();
        }
        self.suggestions += 1;
        nearest(name, candidates)
            .map_or_else(String::new, |near| format!("did you mean `{near}`? "))
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether part of the text could not be read, so that what follows from its absence is not worth
    /// saying.
    pub fn has_broken_text(&self) -> bool {
        let broken = [&form::SYNTAX, &form::TOO_LARGE, &form::NOT_UTF8];
        self.kept.iter().any(|it| broken.iter().any(|check| check.id == it.check.id))
    }

    /// Drops what was found on lines that could not be read: the parser's guess at them is not the
    /// author's text.
    pub fn keep_first_on_broken_lines(&mut self, source: &SourceFile) {
        let line = |diagnostic: &Diagnostic| source.position(diagnostic.span.start).line;
        let is_syntax = |diagnostic: &Diagnostic| diagnostic.check.id == form::SYNTAX.id;
        let broken: HashSet<u32> = self.kept.iter().filter(|it| is_syntax(it)).map(line).collect();
        self.kept.retain(|it| is_syntax(it) || !broken.contains(&line(it)));
    }

    /// The findings in the order of the file, and how many more there were.
    pub fn finish(mut self) -> (Vec<Diagnostic>, usize) {
        self.kept.sort_by(|a, b| {
            (a.span, a.check.id, &a.message).cmp(&(b.span, b.check.id, &b.message))
        });
        self.kept
            .dedup_by(|a, b| (a.span, a.check.id, &a.message) == (b.span, b.check.id, &b.message));
        (self.kept, self.dropped)
    }
}

/// The author's text for a message: clipped, and without characters that move the cursor or change
/// the direction of what follows.
pub fn quote(text: &str) -> String {
    const MOST: usize = 60;
    let mut quoted = String::with_capacity(text.len().min(MOST) + 2);
    quoted.push('`');
    for (count, character) in text.chars().enumerate() {
        if count == MOST {
            quoted.push('…');
            break;
        }
        quoted.push(if is_hidden(character) { '\u{fffd}' } else { character });
    }
    quoted.push('`');
    quoted
}

/// Whether a character is invisible, or changes how its neighbours are shown.
pub fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || (character.is_control() && character != '\t')
}
