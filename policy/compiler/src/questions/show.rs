//! Values of the policy in the words that its author would write.

use cloister_policy_format::{DeviceSelector, KeyChord, Modifiers, signature::PublicKey};

use crate::{
    color::hex,
    date::Day,
    reader::{show_duration, show_rate, show_size},
    schema::{CLASS, Key, Kind, LEGACY},
    source::Located,
    tree::{Fields, LevelText, Value},
};

/// A value of this kind.
pub fn show(kind: &Kind, value: &Value) -> String {
    match (kind, value) {
        (Kind::Size { .. }, Value::Number(bytes)) => show_size(*bytes),
        (Kind::Duration { .. }, Value::Number(nanoseconds)) => show_duration(*nanoseconds),
        (Kind::Address, Value::Number(address)) => format!("{address:#x}"),
        (Kind::Date, Value::Number(day)) => Day(u32::try_from(*day).unwrap_or(u32::MAX)).iso(),
        (Kind::Choice(_), Value::Selector(selector)) => show_selector(*selector),
        (Kind::Choice(words), Value::Number(position)) => {
            word(words, *position).unwrap_or("?").to_owned()
        }
        (Kind::List(item), Value::List(items)) => join(items, |value| show(item, value)),
        (Kind::Table(keys), Value::Table(fields)) => show_table(keys, fields),
        (Kind::Map { value: kind, .. }, Value::Map(entries)) => entries
            .iter()
            .map(|(name, value)| format!("{}: {}", name.value, show(kind, &value.value)))
            .collect::<Vec<_>>()
            .join("; "),
        (Kind::PublicKey, Value::Bytes(key)) => PublicKey(*key).to_string(),
        (_, value) => show_plain(value),
    }
}

/// A value whose own form says what it is.
fn show_plain(value: &Value) -> String {
    match value {
        Value::Flag(true) => "yes".to_owned(),
        Value::Flag(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => ::hex::encode(bytes),
        Value::Color(color) => hex(*color),
        Value::Rate(rate) => show_rate(*rate),
        Value::Resolution(width, height) => format!("{width}x{height}"),
        Value::Chord(chord) => show_chord(*chord),
        Value::Selector(selector) => show_selector(*selector),
        Value::Range(first, last) if first == last => format!("{first:#x}"),
        Value::Range(first, last) => format!("{first:#x}-{last:#x}"),
        Value::Level(level) => show_level(level),
        Value::Levels(low, high) => format!("{} to {}", show_level(low), show_level(high)),
        Value::List(items) => join(items, show_plain),
        Value::Table(_) | Value::Map(_) => "a table".to_owned(),
    }
}

fn join(items: &[Located<Value>], show: impl Fn(&Value) -> String) -> String {
    let shown: Vec<String> = items.iter().map(|item| show(&item.value)).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

/// The values of a table in the order of its keys, such as `office 18 ms` for a slot.
fn show_table(keys: &[Key], fields: &Fields) -> String {
    let shown = |key: &Key| match &fields.get(key.name)?.value {
        Value::Flag(true) => Some(key.name.to_owned()),
        Value::Flag(false) => None,
        value => Some(show(&key.kind, value)),
    };
    keys.iter().filter_map(shown).collect::<Vec<_>>().join(" ")
}

fn show_level(level: &LevelText) -> String {
    let mut compartments: Vec<&str> =
        level.compartments.iter().map(|name| name.value.as_str()).collect();
    compartments.sort_unstable();
    if compartments.is_empty() {
        level.classification.value.clone()
    } else {
        format!("{} {{{}}}", level.classification.value, compartments.join(", "))
    }
}

fn show_selector(selector: DeviceSelector) -> String {
    let named = CLASS.iter().chain(&LEGACY).find(|(_, known)| *known == selector);
    match (named, selector) {
        (Some((word, _)), _) => (*word).to_owned(),
        (None, DeviceSelector::Identity { vendor, device }) => format!("{vendor:04x}:{device:04x}"),
        (None, DeviceSelector::Address(at)) => {
            format!("{:04x}:{:02x}:{:02x}.{}", at.segment, at.bus, at.device, at.function)
        }
        (None, other) => format!("{other:?}"),
    }
}

fn show_chord(chord: KeyChord) -> String {
    let held =
        [(Modifiers::CONTROL, "ctrl+"), (Modifiers::ALT, "alt+"), (Modifiers::SHIFT, "shift+")];
    let held = held.iter().filter(|(modifier, _)| chord.modifiers.contains(*modifier));
    let key = format!("{:?}", chord.key).to_ascii_lowercase();
    held.map(|(_, word)| *word).chain([key.as_str()]).collect()
}

/// The word at a position of a list of choices.
fn word(words: &[&'static str], position: u64) -> Option<&'static str> {
    words.get(usize::try_from(position).ok()?).copied()
}
