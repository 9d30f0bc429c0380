//! The schema as the reference part of the officer's manual, in Markdown.

use std::fmt::Write as _;

use super::{DEVICES, Key, Kind, SECTIONS, Shape, words};
use crate::reader::{show_duration, show_size};

/// All sections with their keys.
pub fn reference() -> String {
    let mut text = String::from(
        "# Reference of the policy language\n\nWritten by `cloister-policy schema --markdown`. A key in **bold** must be there.\n",
    );
    text.push_str("\nThe first line of a policy is `format = 1`.\n");
    for section in SECTIONS {
        let heading = match section.shape {
            Shape::One => format!("[{}]", section.name),
            Shape::Named => format!("[{}.NAME]", section.name),
        };
        let need = if section.required { " Every policy has it." } else { "" };
        let _ = write!(text, "\n## `{heading}`\n\n{}{need}\n\n", section.doc);
        text.push_str("| key | holds | meaning |\n| --- | --- | --- |\n");
        rows(&mut text, "", section.keys);
    }
    text
}

fn rows(text: &mut String, prefix: &str, keys: &[Key]) {
    for key in keys {
        let name = format!("`{prefix}{}`", key.name);
        let name = if key.required { format!("**{name}**") } else { name };
        let _ = writeln!(text, "| {name} | {} | {} |", holds(&key.kind), key.doc);
        let inner = match key.kind {
            Kind::Table(keys) => Some((keys, ".")),
            Kind::List(Kind::Table(keys)) => Some((*keys, "[].")),
            Kind::Map { value: Kind::List(Kind::Table(keys)), .. } => Some((*keys, ".N[].")),
            _ => None,
        };
        if let Some((keys, step)) = inner {
            rows(text, &format!("{prefix}{}{step}", key.name), keys);
        }
    }
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ")
}

fn holds(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::Integer { min, max } => format!("whole number, {min} to {max}"),
        Kind::Size { min, max } => format!("size, {} to {}", show_size(*min), show_size(*max)),
        Kind::Duration { min, max } => {
            format!("time, {} to {}", show_duration(*min), show_duration(*max))
        }
        Kind::Address => "address, such as `\"0xfee00000\"`".to_owned(),
        Kind::Text { most } => format!("text, at most {most} characters"),
        Kind::Name => "name".to_owned(),
        Kind::Choice(words) => listed(words),
        Kind::Level => "level".to_owned(),
        Kind::LevelRange => "`{ low = LEVEL, high = LEVEL }`".to_owned(),
        Kind::Subject => "world or component".to_owned(),
        Kind::Image => "image".to_owned(),
        Kind::Network => "outside network".to_owned(),
        Kind::Grant => format!("{}, `\"network:NAME\"`", listed(&words(&DEVICES))),
        Kind::Color => "colour, such as `\"#C8102E\"`".to_owned(),
        Kind::Digest => "64 hexadecimal digits".to_owned(),
        Kind::PublicKey => "`\"ed25519:…\"`".to_owned(),
        Kind::Date => "date, such as `2027-06-30`".to_owned(),
        Kind::Rate => "rate, such as `\"10/min\"`".to_owned(),
        Kind::MediaType => "media type".to_owned(),
        Kind::Path => "path below the image root".to_owned(),
        Kind::Resolution => "`\"WIDTHxHEIGHT\"`".to_owned(),
        Kind::KeyChord => "keys, such as `\"ctrl+alt+break\"`".to_owned(),
        Kind::PciAddress => "PCI place, such as `\"00:03.0\"`".to_owned(),
        Kind::PciIdentity => "PCI numbers, such as `\"1af4:1041\"`".to_owned(),
        Kind::Range { max } => format!("number or range, such as `\"0x60-0x64\"`, to {max:#x}"),
        Kind::List(Kind::List(item)) => format!("list of lists: {}", holds(item)),
        Kind::List(Kind::Table(_)) => "list of tables:".to_owned(),
        Kind::List(item) => format!("list: {}", holds(item)),
        Kind::Table(_) => "table:".to_owned(),
        Kind::Map { numbered: true, .. } => "for each processor, a list of slots:".to_owned(),
        Kind::Map { numbered: false, value } => format!("for each name: {}", holds(value)),
    }
}
