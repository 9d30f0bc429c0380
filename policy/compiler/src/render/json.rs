//! Findings for programs.

use serde_json::{Value, json};

use crate::{
    compile::Outcome,
    source::{SourceFile, Span},
};

/// A place as file, lines and columns, all counted from 1; columns count characters.
fn place(source: &SourceFile, span: Span, label: &str) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "file": source.name,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "label": label,
    })
}

/// All findings.
pub fn json(outcome: &Outcome) -> Value {
    let (errors, warnings) = outcome.counts();
    let findings: Vec<Value> = outcome
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let others: Vec<Value> = diagnostic
                .others
                .iter()
                .map(|other| place(&outcome.source, other.span, &other.label))
                .collect();
            json!({
                "id": diagnostic.check.id,
                "check": diagnostic.check.name,
                "severity": diagnostic.severity.name(),
                "message": diagnostic.message,
                "place": place(&outcome.source, diagnostic.span, &diagnostic.label),
                "others": others,
                "help": diagnostic.help,
            })
        })
        .collect();
    json!({
        "file": outcome.source.name,
        "errors": errors,
        "warnings": warnings,
        "not_shown": outcome.more,
        "findings": findings,
    })
}
