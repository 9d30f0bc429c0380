//! Findings in SARIF 2.1.0 (OASIS), for code review systems.

use serde_json::{Value, json};

use crate::{
    checks,
    compile::Outcome,
    source::{SourceFile, Span},
};

fn location(source: &SourceFile, span: Span, label: &str) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&source.name) },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    });
    if !label.is_empty() {
        location["message"] = json!({ "text": label });
    }
    location
}

/// A file name as a URI reference (RFC 3986): what has a meaning there is escaped.
fn uri(name: &str) -> String {
    let mut uri = String::with_capacity(name.len());
    for byte in name.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// All findings as a SARIF log with one run.
pub fn sarif(outcome: &Outcome) -> Value {
    let all: Vec<_> = checks::all().collect();
    let rules: Vec<Value> = all
        .iter()
        .map(|check| {
            json!({
                "id": check.id,
                "name": check.name,
                "shortDescription": { "text": check.sentence },
                "defaultConfiguration": { "level": check.severity.name() },
            })
        })
        .collect();
    let results: Vec<Value> = outcome
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let others: Vec<Value> = diagnostic
                .others
                .iter()
                .enumerate()
                .map(|(number, other)| {
                    let mut location = location(&outcome.source, other.span, &other.label);
                    location["id"] = json!(number);
                    location
                })
                .collect();
            json!({
                "ruleId": diagnostic.check.id,
                "ruleIndex": all.iter().position(|check| check.id == diagnostic.check.id),
                "level": diagnostic.severity.name(),
                "message": { "text": format!("{}; {}", diagnostic.message, diagnostic.help) },
                "locations": [location(&outcome.source, diagnostic.span, &diagnostic.label)],
                "relatedLocations": others,
            })
        })
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cloister-policy",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}
