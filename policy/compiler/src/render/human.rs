//! Findings with excerpts of the text, for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Ansi};

use crate::{
    compile::Outcome,
    diagnostic::{Diagnostic, Severity, is_hidden},
    source::{SourceFile, Span},
};

/// Whether to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// Text with ANSI colours.
    Colored,
}

/// How many findings are shown: nobody reads more at once.
const MOST_SHOWN: usize = 100;

/// How much of a line is shown, in characters.
const WIDTH: usize = 100;

/// All findings and a line that counts them.
pub fn human(outcome: &Outcome, style: Style) -> String {
    let mut text = String::new();
    for diagnostic in outcome.diagnostics.iter().take(MOST_SHOWN) {
        finding(&mut text, &outcome.source, diagnostic, style);
        text.push('\n');
    }
    let hidden = outcome.diagnostics.len().saturating_sub(MOST_SHOWN) + outcome.more;
    if hidden > 0 {
        let _ = writeln!(text, "… and {hidden} more\n");
    }
    let (errors, warnings) = outcome.counts();
    let count = |number: usize, what: &str| match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    };
    let _ = writeln!(
        text,
        "{}: {}, {}",
        outcome.source.name,
        count(errors + outcome.more, "error"),
        count(warnings, "warning")
    );
    text
}

struct Paint {
    severity: Ansi,
    frame: Ansi,
    strong: Ansi,
}

impl Paint {
    fn new(severity: Severity, style: Style) -> Self {
        if style == Style::Plain {
            return Self { severity: Ansi::new(), frame: Ansi::new(), strong: Ansi::new() };
        }
        let color = match severity {
            Severity::Error => AnsiColor::BrightRed,
            Severity::Warning => AnsiColor::BrightYellow,
        };
        Self {
            severity: color.on_default().bold(),
            frame: AnsiColor::BrightBlue.on_default().bold(),
            strong: Ansi::new().bold(),
        }
    }
}

fn finding(text: &mut String, source: &SourceFile, diagnostic: &Diagnostic, style: Style) {
    let paint = Paint::new(diagnostic.severity, style);
    let (severity, strong, frame) = (paint.severity, paint.strong, paint.frame);
    let _ = writeln!(
        text,
        "{severity}{}[{}]{severity:#}{strong}: {}{strong:#}",
        diagnostic.severity.name(),
        diagnostic.check.id,
        diagnostic.message
    );
    let lines = std::iter::once(diagnostic.span)
        .chain(diagnostic.others.iter().map(|other| other.span))
        .map(|span| source.position(span.start).line);
    let gutter = lines.max().unwrap_or(1).to_string().len();
    excerpt(text, source, (diagnostic.span, &diagnostic.label), ("-->", '^', gutter), &paint);
    for other in &diagnostic.others {
        excerpt(text, source, (other.span, &other.label), (":::", '-', gutter), &paint);
    }
    if !diagnostic.help.is_empty() {
        let _ = writeln!(text, "{:gutter$} {frame}={frame:#} help: {}", "", diagnostic.help);
    }
}

fn excerpt(
    text: &mut String,
    source: &SourceFile,
    (span, label): (Span, &str),
    (arrow, mark, gutter): (&str, char, usize),
    paint: &Paint,
) {
    let (frame, severity) = (paint.frame, paint.severity);
    let position = source.position(span.start);
    let _ = writeln!(
        text,
        "{:gutter$}{frame}{arrow}{frame:#} {}:{}:{}",
        "", source.name, position.line, position.column
    );
    let (line, before, marked) = window(source, span);
    let _ = writeln!(text, "{:gutter$} {frame}|{frame:#}", "");
    let _ = writeln!(text, "{frame}{:gutter$} |{frame:#} {line}", position.line);
    let pointer = if mark == '^' { severity } else { frame };
    let label = if label.is_empty() { String::new() } else { format!(" {label}") };
    let marks = mark.to_string().repeat(marked);
    let _ = writeln!(
        text,
        "{:gutter$} {frame}|{frame:#} {:before$}{pointer}{marks}{label}{pointer:#}",
        "", ""
    );
}

/// The part of the line that holds the place, how many characters of it precede the place, and how
/// many the place takes.
fn window(source: &SourceFile, span: Span) -> (String, usize, usize) {
    let position = source.position(span.start);
    let line = source.line(position.line);
    let column = position.column as usize - 1;
    let length = line.chars().count();
    let marked = source.slice(span).lines().next().map_or(0, |text| text.chars().count()).max(1);
    let start = if column < WIDTH * 3 / 4 { 0 } else { column - WIDTH / 4 };
    let mut shown = String::new();
    let mut before = column - start;
    if start > 0 {
        shown.push('…');
        before += 1;
    }
    let visible = line.chars().skip(start).take(WIDTH);
    shown.extend(visible.map(|it| {
        if it == '\t' {
            ' '
        } else if is_hidden(it) {
            '\u{fffd}'
        } else {
            it
        }
    }));
    if length > start + WIDTH {
        shown.push('…');
    }
    (shown, before, marked.min((WIDTH + start).saturating_sub(column)).max(1))
}
