//! Tables, lists and names, held against the schema.

use std::borrow::Cow;

use toml::de::{DeTable, DeValue};

use super::scalar;
use crate::{
    checks::form,
    diagnostic::{Diagnostic, Findings, quote},
    schema::{Key, Kind},
    source::{Located, Span},
    tree::{Fields, LevelText, Value},
};

/// A TOML value and its place.
pub type Spanned<'i> = toml::Spanned<DeValue<'i>>;

/// Words that the appliance uses for its own parts.
const RESERVED: [&str; 9] =
    ["all", "any", "cloister", "idle", "kernel", "monitor", "none", "self", "system"];

/// A value of another type than its key asks for.
pub fn wrong_type(name: &str, value: &Spanned<'_>, wanted: &str) -> Diagnostic {
    let found = match value.get_ref() {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    Diagnostic::new(
        &form::WRONG_TYPE,
        value.span().into(),
        format!("{} must be {wanted}", quote(name)),
    )
    .label(format!("this is {found}"))
    .help(format!("write {wanted}"))
}

/// A name that the author gives to something.
pub fn read_name(name: &str, span: Span, findings: &mut Findings) -> Option<Located<String>> {
    let mut characters = name.chars();
    let well_formed = name.len() <= 63
        && characters.next().is_some_and(|first| first.is_ascii_lowercase())
        && characters
            .all(|other| other.is_ascii_lowercase() || other.is_ascii_digit() || other == '-');
    if !well_formed {
        findings.push(
            Diagnostic::new(&form::BAD_NAME, span, format!("{} is not a name", quote(name)))
                .help("begin with a small letter and go on with small letters, digits and hyphens, 63 at most"),
        );
        return None;
    }
    if RESERVED.contains(&name) {
        findings.push(
            Diagnostic::new(
                &form::RESERVED_NAME,
                span,
                format!("{} is a word of the appliance itself", quote(name)),
            )
            .help(format!(
                "choose another name, such as `{name}-1`; reserved are {}",
                RESERVED.join(", ")
            )),
        );
        return None;
    }
    Some(Located::new(name.to_owned(), span))
}

/// A table of the schema's keys. `owner` is what messages call the table.
pub fn read_table(
    owner: &str,
    keys: &'static [Key],
    heading: Span,
    table: &DeTable<'_>,
    complete: bool,
    findings: &mut Findings,
) -> Fields {
    let mut fields = Fields::new(heading);
    for (name, value) in table {
        match keys.iter().find(|key| key.name == name.get_ref()) {
            Some(key) => match read_value(key.name, &key.kind, value, complete, findings) {
                Some(read) => {
                    if is_partial(&read, value) {
                        fields.push_malformed(key.name);
                    }
                    fields.push(key.name, Located::new(read, value.span().into()));
                }
                None => fields.push_malformed(key.name),
            },
            None => unknown_key(owner, keys, name, findings),
        }
    }
    for key in keys.iter().filter(|key| key.required && complete) {
        if !table.contains_key(key.name) {
            findings.push(
                Diagnostic::new(
                    &form::MISSING_KEY,
                    heading,
                    format!("{owner} has no `{}`", key.name),
                )
                .help(format!("add `{} = …`: {}", key.name, key.doc)),
            );
        }
    }
    fields
}

/// Whether entries of a table of the author's keys could not be read.
fn is_partial(read: &Value, value: &Spanned<'_>) -> bool {
    match (read, value.get_ref()) {
        (Value::Map(entries), DeValue::Table(table)) => entries.len() < table.len(),
        _ => false,
    }
}

fn unknown_key(
    owner: &str,
    keys: &'static [Key],
    name: &toml::Spanned<Cow<'_, str>>,
    findings: &mut Findings,
) {
    let near = findings.suggest(name.get_ref(), keys.iter().map(|key| key.name));
    let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
    findings.push(
        Diagnostic::new(
            &form::UNKNOWN_KEY,
            name.span().into(),
            format!("{owner} has no key {}", quote(name.get_ref())),
        )
        .help(format!("{near}it has {}", known.join(", "))),
    );
}

/// A value of a kind.
pub fn read_value(
    name: &str,
    kind: &'static Kind,
    value: &Spanned<'_>,
    complete: bool,
    findings: &mut Findings,
) -> Option<Value> {
    match (kind, value.get_ref()) {
        (Kind::List(item), DeValue::Array(items)) => {
            let read = |item_value: &Spanned<'_>, findings: &mut Findings| {
                let read = read_value(name, item, item_value, complete, findings)?;
                Some(Located::new(read, item_value.span().into()))
            };
            Some(Value::List(items.iter().filter_map(|item| read(item, findings)).collect()))
        }
        (Kind::Table(keys), DeValue::Table(table)) => Some(Value::Table(read_table(
            &format!("`{name}`"),
            keys,
            value.span().into(),
            table,
            complete,
            findings,
        ))),
        (Kind::Map { numbered, value: kind }, DeValue::Table(table)) => Some(Value::Map(
            table
                .iter()
                .filter_map(|(key, value)| {
                    let key = read_map_key(name, *numbered, key, findings)?;
                    let read = read_value(&key.value, kind, value, complete, findings)?;
                    Some((key, Located::new(read, value.span().into())))
                })
                .collect(),
        )),
        (Kind::Level, _) => read_level(name, value, findings).map(Value::Level),
        (Kind::LevelRange, DeValue::Table(table)) => read_levels(value, table, findings),
        (Kind::List(_), _) => {
            findings.push(wrong_type(name, value, "a list, such as `[\"one\", \"two\"]`"));
            None
        }
        (Kind::Table(_) | Kind::Map { .. } | Kind::LevelRange, _) => {
            findings.push(wrong_type(name, value, "a table, such as `{ key = \"value\" }`"));
            None
        }
        _ => scalar::read(name, kind, value, findings),
    }
}

fn read_map_key(
    name: &str,
    numbered: bool,
    key: &toml::Spanned<Cow<'_, str>>,
    findings: &mut Findings,
) -> Option<Located<String>> {
    let span = Span::from(key.span());
    if !numbered {
        return read_name(key.get_ref(), span, findings);
    }
    let text = key.get_ref();
    let canonical =
        text.parse::<u8>().is_ok_and(|number| number < 64 && number.to_string() == **text);
    if !canonical {
        findings.push(
            Diagnostic::new(
                &form::OUT_OF_RANGE,
                span,
                format!("{} is not a processor's number", quote(text)),
            )
            .help(format!("number processors from 0 to 63, as in `{name}.0`")),
        );
        return None;
    }
    Some(Located::new(text.clone().into_owned(), span))
}

fn read_level(name: &str, value: &Spanned<'_>, findings: &mut Findings) -> Option<LevelText> {
    const WANTED: &str = "a level, such as `\"secret\"` or `{ classification = \"secret\", compartments = [\"alpha\"] }`";
    let text = |value: &Spanned<'_>| match value.get_ref() {
        DeValue::String(text) => Some(Located::new(text.clone().into_owned(), value.span().into())),
        _ => None,
    };
    match value.get_ref() {
        DeValue::String(_) => {
            Some(LevelText { classification: text(value)?, compartments: Vec::new() })
        }
        DeValue::Table(table) => {
            let known = ["classification", "compartments"];
            for (key, _) in table {
                if !known.contains(&key.get_ref().as_ref()) {
                    let near = findings.suggest(key.get_ref(), known);
                    findings.push(
                        Diagnostic::new(
                            &form::UNKNOWN_KEY,
                            key.span().into(),
                            format!("a level has no key {}", quote(key.get_ref())),
                        )
                        .help(format!("{near}it has classification, compartments")),
                    );
                }
            }
            let Some(classification) = table.get("classification") else {
                findings.push(
                    Diagnostic::new(
                        &form::MISSING_KEY,
                        value.span().into(),
                        "this level has no `classification`",
                    )
                    .help("add `classification = …`: one of the lattice's levels"),
                );
                return None;
            };
            let Some(classification) = text(classification) else {
                findings.push(wrong_type("classification", classification, "a text in quotes"));
                return None;
            };
            let compartments = match table.get("compartments").map(|list| (list, list.get_ref())) {
                None => Vec::new(),
                Some((_, DeValue::Array(items))) => items
                    .iter()
                    .filter_map(|item| {
                        let read = text(item);
                        if read.is_none() {
                            findings.push(wrong_type("compartments", item, "a list of texts"));
                        }
                        read
                    })
                    .collect(),
                Some((other, _)) => {
                    findings.push(wrong_type("compartments", other, "a list of texts"));
                    return None;
                }
            };
            Some(LevelText { classification, compartments })
        }
        _ => {
            findings.push(wrong_type(name, value, WANTED));
            None
        }
    }
}

fn read_levels(value: &Spanned<'_>, table: &DeTable<'_>, findings: &mut Findings) -> Option<Value> {
    for (key, _) in table {
        if !["low", "high"].contains(&key.get_ref().as_ref()) {
            findings.push(
                Diagnostic::new(
                    &form::UNKNOWN_KEY,
                    key.span().into(),
                    format!("`levels` has no key {}", quote(key.get_ref())),
                )
                .help("it has low, high"),
            );
        }
    }
    let mut end = |name: &str| match table.get(name) {
        Some(level) => read_level(name, level, findings),
        None => {
            findings.push(
                Diagnostic::new(
                    &form::MISSING_KEY,
                    value.span().into(),
                    format!("`levels` has no `{name}`"),
                )
                .help("give both `low` and `high`"),
            );
            None
        }
    };
    let (low, high) = (end("low"), end("high"));
    Some(Value::Levels(low?, high?))
}
