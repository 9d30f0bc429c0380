//! Single values: numbers with units, colours, digests, dates and the like.

use cloister_policy_format::{Color, DeviceSelector, Key, KeyChord, Modifiers, PciAddress, Rate};
use toml::de::DeValue;

use super::{
    table::{Spanned, read_name, wrong_type},
    units::{DURATIONS, PERIODS, SIZES, amount, show_duration, show_size},
};
use crate::{
    check::Check,
    checks::form,
    date::Day,
    diagnostic::{Diagnostic, Findings, is_hidden, quote},
    schema::Kind,
    tree::Value,
};

/// Reads a value of a kind that is neither list nor table.
pub fn read(
    name: &str,
    kind: &Kind,
    value: &Spanned<'_>,
    findings: &mut Findings,
) -> Option<Value> {
    let read = match (kind, value.get_ref()) {
        (Kind::Flag, DeValue::Boolean(flag)) => Ok(Value::Flag(*flag)),
        (Kind::Integer { min, max }, DeValue::Integer(number)) => {
            integer(number).and_then(|number| within(name, number, *min, *max, u64::to_string))
        }
        (Kind::Address, DeValue::Integer(number)) => integer(number).map(Value::Number),
        (Kind::Date, DeValue::Datetime(date)) => day(date),
        (Kind::Address, DeValue::String(text)) => address(text),
        (kind, DeValue::String(text)) => text_value(name, kind, text, value, findings)?,
        _ => Err(Fault::Type),
    };
    match read {
        Ok(read) => Some(read),
        Err(Fault::Type) => {
            findings.push(wrong_type(name, value, &wanted(kind)));
            None
        }
        Err(Fault::Value { check, message, help }) => {
            findings.push(Diagnostic::new(check, value.span().into(), message).help(help));
            None
        }
    }
}

/// What is wrong with a value.
enum Fault {
    /// It is of another type.
    Type,
    /// It is of the right type.
    Value { check: &'static Check, message: String, help: String },
}

fn fault(check: &'static Check, message: String, help: impl Into<String>) -> Fault {
    Fault::Value { check, message, help: help.into() }
}

fn wanted(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "true or false".to_owned(),
        Kind::Integer { min, max } => format!("a whole number from {min} to {max}"),
        Kind::Size { .. } => "an amount of memory in quotes, such as `\"256 MiB\"`".to_owned(),
        Kind::Duration { .. } => "a time in quotes, such as `\"10 ms\"`".to_owned(),
        Kind::Address => "an address, such as `\"0xfee00000\"`".to_owned(),
        Kind::Date => "a date, such as `2027-06-30`".to_owned(),
        Kind::Choice(words) => format!("one of the texts {}", listed(words)),
        _ => "a text in quotes".to_owned(),
    }
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
    quoted.join(", ")
}

/// Reads a kind that is written as text. `None` when the finding is already reported.
fn text_value(
    name: &str,
    kind: &Kind,
    text: &str,
    value: &Spanned<'_>,
    findings: &mut Findings,
) -> Option<Result<Value, Fault>> {
    let span = value.span().into();
    let read = match kind {
        Kind::Size { min, max } => amount(text, &SIZES)
            .ok_or_else(|| {
                fault(
                    &form::BAD_SIZE,
                    format!("{} is not an amount of memory", quote(text)),
                    "write a whole number and one of B, KiB, MiB, GiB, TiB, such as `\"256 MiB\"`",
                )
            })
            .and_then(|bytes| within(name, bytes, *min, *max, |&bytes| show_size(bytes))),
        Kind::Duration { min, max } => amount(text, &DURATIONS)
            .ok_or_else(|| {
                fault(
                    &form::BAD_DURATION,
                    format!("{} is not a time", quote(text)),
                    "write a whole number and one of ns, us, ms, s, min, h, such as `\"10 ms\"`",
                )
            })
            .and_then(|time| within(name, time, *min, *max, |&time| show_duration(time))),
        Kind::Text { most } => printable(name, text, *most),
        Kind::Name => return read_name(text, span, findings).map(|name| Ok(Value::Text(name.value))),
        Kind::Choice(words) => match words.iter().position(|word| *word == text) {
            Some(position) => Ok(Value::Number(position as u64)),
            None => {
                let near = findings.suggest(text, words.iter().copied());
                Err(fault(
                    &form::UNKNOWN_WORD,
                    format!("{} cannot be {}", quote(name), quote(text)),
                    format!("{near}write one of {}", listed(words)),
                ))
            }
        },
        Kind::Subject | Kind::Image | Kind::Network | Kind::Grant => Ok(Value::Text(text.to_owned())),
        Kind::Color => color(text),
        Kind::Digest => hexadecimal(text).map(Value::Bytes).ok_or_else(|| {
            fault(
                &form::BAD_DIGEST,
                format!("{} is not a SHA-256 digest", quote(text)),
                "write the 64 hexadecimal digits that `sha256sum FILE` prints",
            )
        }),
        Kind::PublicKey => {
            text.strip_prefix("ed25519:").and_then(hexadecimal).map(Value::Bytes).ok_or_else(|| {
                fault(
                    &form::BAD_KEY,
                    format!("{} is not a public key", quote(text)),
                    "write `ed25519:` and the 64 hexadecimal digits that `cloister-policy keygen` prints",
                )
            })
        }
        Kind::Rate => rate(text),
        Kind::MediaType => media_type(text),
        Kind::Path => path(text),
        Kind::Resolution => resolution(text),
        Kind::KeyChord => chord(text),
        Kind::PciAddress => pci_address(text),
        Kind::PciIdentity => pci_identity(text),
        Kind::Range { max } => range(text, *max),
        _ => Err(Fault::Type),
    };
    Some(read)
}

fn integer(number: &toml::de::DeInteger<'_>) -> Result<u64, Fault> {
    u64::from_str_radix(number.as_str(), number.radix()).map_err(|_| {
        fault(
            &form::OUT_OF_RANGE,
            format!("{} is below zero or too large", quote(number.as_str())),
            "write a smaller number, not below zero",
        )
    })
}

fn within(
    name: &str,
    number: u64,
    min: u64,
    max: u64,
    show: impl Fn(&u64) -> String,
) -> Result<Value, Fault> {
    if (min..=max).contains(&number) {
        return Ok(Value::Number(number));
    }
    let side = if number < min { "small" } else { "large" };
    Err(fault(
        &form::OUT_OF_RANGE,
        format!("{} is too {side} for {}", show(&number), quote(name)),
        format!("write a value from {} to {}", show(&min), show(&max)),
    ))
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None if text.starts_with('+') => None,
        None => text.parse().ok(),
    }
}

fn address(text: &str) -> Result<Value, Fault> {
    number(&text.replace('_', "")).map(Value::Number).ok_or_else(|| {
        fault(
            &form::OUT_OF_RANGE,
            format!("{} is not an address", quote(text)),
            "write a number such as `\"0xfee00000\"`",
        )
    })
}

fn day(date: &toml::value::Datetime) -> Result<Value, Fault> {
    let plain = date.time.is_none() && date.offset.is_none();
    date.date
        .filter(|_| plain)
        .and_then(|date| Day::from_date(date.year, date.month, date.day))
        .map(|day| Value::Number(u64::from(day.0)))
        .ok_or_else(|| {
            fault(
                &form::BAD_DATE,
                format!("{} is not a day", quote(&date.to_string())),
                "write the date alone, such as `2027-06-30`",
            )
        })
}

fn printable(name: &str, text: &str, most: usize) -> Result<Value, Fault> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > most || text.chars().any(is_hidden) {
        let fix = if length > most {
            format!("write at most {most} characters; these are {length}")
        } else {
            "write something that can be read, on one line".to_owned()
        };
        return Err(fault(
            &form::BAD_TEXT,
            format!("the text of {} cannot be shown", quote(name)),
            fix,
        ));
    }
    Ok(Value::Text(text.to_owned()))
}

fn hexadecimal(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

fn color(text: &str) -> Result<Value, Fault> {
    let mut rgb = [0; 3];
    text.strip_prefix('#')
        .and_then(|digits| hex::decode_to_slice(digits, &mut rgb).ok())
        .map(|()| Value::Color(Color { red: rgb[0], green: rgb[1], blue: rgb[2] }))
        .ok_or_else(|| {
            fault(
                &form::BAD_COLOR,
                format!("{} is not a colour", quote(text)),
                "write `#` and two hexadecimal digits each for red, green and blue, such as `\"#C8102E\"`",
            )
        })
}

fn rate(text: &str) -> Result<Value, Fault> {
    text.split_once('/')
        .and_then(|(count, unit)| {
            let count = count.trim().parse().ok().filter(|&count| count > 0)?;
            let (_, per) = PERIODS.iter().find(|(name, _)| *name == unit.trim())?;
            Some(Value::Rate(Rate { count, per: *per }))
        })
        .ok_or_else(|| {
            fault(
                &form::BAD_RATE,
                format!("{} is not a rate", quote(text)),
                "write how often in which time, such as `\"10/min\"`; the units are s, min, h, day",
            )
        })
}

fn media_type(text: &str) -> Result<Value, Fault> {
    let word = |word: &str| {
        !word.is_empty()
            && word.chars().all(|character| {
                character.is_ascii_lowercase()
                    || character.is_ascii_digit()
                    || ".+-".contains(character)
            })
    };
    match text.split_once('/') {
        Some((kind, subtype)) if text.len() <= 127 && word(kind) && word(subtype) => {
            Ok(Value::Text(text.to_owned()))
        }
        _ => Err(fault(
            &form::BAD_MEDIA_TYPE,
            format!("{} is not a media type", quote(text)),
            "write one such as `\"text/plain\"`; one guard passes one type",
        )),
    }
}

fn path(text: &str) -> Result<Value, Fault> {
    let well_formed = !text.is_empty()
        && text.len() <= 255
        && !text.contains('\\')
        && !text.chars().any(is_hidden)
        && text.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if well_formed {
        Ok(Value::Text(text.to_owned()))
    } else {
        Err(fault(
            &form::BAD_PATH,
            format!("{} is not a path below the image root", quote(text)),
            "write folders and file with `/` between, such as `\"debian/vmlinuz\"`, without `..`",
        ))
    }
}

fn resolution(text: &str) -> Result<Value, Fault> {
    text.split_once('x')
        .and_then(|(width, height)| {
            let width = width.parse().ok().filter(|width| (320..=7680).contains(width))?;
            let height = height.parse().ok().filter(|height| (200..=4320).contains(height))?;
            Some(Value::Resolution(width, height))
        })
        .ok_or_else(|| {
            fault(
                &form::BAD_RESOLUTION,
                format!("{} is not the size of a screen", quote(text)),
                "write width and height in pixels, such as `\"1024x768\"`",
            )
        })
}

fn chord(text: &str) -> Result<Value, Fault> {
    const KEYS: [(&str, Key); 18] = [
        ("break", Key::Break),
        ("delete", Key::Delete),
        ("escape", Key::Escape),
        ("home", Key::Home),
        ("end", Key::End),
        ("insert", Key::Insert),
        ("f1", Key::F1),
        ("f2", Key::F2),
        ("f3", Key::F3),
        ("f4", Key::F4),
        ("f5", Key::F5),
        ("f6", Key::F6),
        ("f7", Key::F7),
        ("f8", Key::F8),
        ("f9", Key::F9),
        ("f10", Key::F10),
        ("f11", Key::F11),
        ("f12", Key::F12),
    ];
    let read = || {
        let (held, key) = text.rsplit_once('+')?;
        let (_, key) = KEYS.iter().find(|(name, _)| *name == key)?;
        let mut modifiers = Modifiers::default();
        for word in held.split('+') {
            let modifier = match word {
                "ctrl" => Modifiers::CONTROL,
                "alt" => Modifiers::ALT,
                "shift" => Modifiers::SHIFT,
                _ => return None,
            };
            if modifiers.contains(modifier) {
                return None;
            }
            modifiers = modifiers.union(modifier);
        }
        (modifiers.0.count_ones() >= 2).then_some(Value::Chord(KeyChord { modifiers, key: *key }))
    };
    read().ok_or_else(|| {
        fault(
            &form::BAD_CHORD,
            format!("{} cannot be the secure attention keys", quote(text)),
            "write two or three of ctrl, alt, shift and one of break, delete, escape, home, end, insert, f1 to f12, such as `\"ctrl+alt+break\"`",
        )
    })
}

fn pci_fault(text: &str) -> Fault {
    fault(
        &form::BAD_PCI,
        format!("{} is not a PCI device", quote(text)),
        "write the place that `lspci` prints, such as `\"00:03.0\"`, or with `vendor-device` its numbers, such as `\"1af4:1041\"`",
    )
}

fn pci_address(text: &str) -> Result<Value, Fault> {
    let digits = |text: &str, count: usize| {
        let plain = text.len() == count && text.chars().all(|digit| digit.is_ascii_hexdigit());
        plain.then(|| u16::from_str_radix(text, 16).ok()).flatten()
    };
    let read = || {
        let mut parts = text.rsplit(':');
        let (device, function) = parts.next()?.split_once('.')?;
        let bus = digits(parts.next()?, 2)?;
        let segment = parts.next().map_or(Some(0), |segment| digits(segment, 4))?;
        let (device, function) = (digits(device, 2)?, digits(function, 1)?);
        let valid = parts.next().is_none() && device < 32 && function < 8;
        valid.then_some(PciAddress {
            segment,
            bus: bus as u8,
            device: device as u8,
            function: function as u8,
        })
    };
    read()
        .map(|address| Value::Selector(DeviceSelector::Address(address)))
        .ok_or_else(|| pci_fault(text))
}

fn pci_identity(text: &str) -> Result<Value, Fault> {
    let mut bytes = [0; 2];
    let mut digits = |text: &str| {
        hex::decode_to_slice(text, &mut bytes).ok().map(|()| u16::from_be_bytes(bytes))
    };
    text.split_once(':')
        .and_then(|(vendor, device)| Some((digits(vendor)?, digits(device)?)))
        .map(|(vendor, device)| Value::Selector(DeviceSelector::Identity { vendor, device }))
        .ok_or_else(|| pci_fault(text))
}

fn range(text: &str, max: u64) -> Result<Value, Fault> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (number(first.trim()), number(last.trim())) {
        (Some(first), Some(last)) if first <= last && last <= max => Ok(Value::Range(first, last)),
        _ => Err(fault(
            &form::BAD_RANGE,
            format!("{} is not a range of numbers up to {max:#x}", quote(text)),
            "write one number, or the lower and the higher one with a hyphen, such as `\"0x60-0x64\"`",
        )),
    }
}
