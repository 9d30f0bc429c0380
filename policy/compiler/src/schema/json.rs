//! The schema as JSON Schema (draft 2020-12), so that editors complete and check.

use serde_json::{Map, Value, json};

use super::{DEVICES, FORMAT, Key, Kind, SECTIONS, Shape, words};

/// What a name looks like.
const NAME_PATTERN: &str = "^[a-z][a-z0-9-]{0,62}$";

/// The whole schema.
pub fn json_schema() -> Value {
    let mut properties = Map::new();
    properties.insert(
        "format".into(),
        json!({ "const": FORMAT, "description": "Version of the language." }),
    );
    let mut required = vec![json!("format")];
    for section in SECTIONS {
        let mut table = table(section.keys);
        if section.shape == Shape::Named {
            table = json!({
                "type": "object",
                "propertyNames": { "pattern": NAME_PATTERN },
                "additionalProperties": table,
            });
        }
        describe(&mut table, section.doc);
        properties.insert(section.name.into(), table);
        if section.required {
            required.push(json!(section.name));
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cloister policy",
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn table(keys: &[Key]) -> Value {
    let mut properties = Map::new();
    for key in keys {
        let mut schema = kind(&key.kind);
        describe(&mut schema, key.doc);
        properties.insert(key.name.into(), schema);
    }
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn describe(schema: &mut Value, doc: &str) {
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".into(), json!(doc));
    }
}

fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Size { .. } => pattern("^[0-9]+ ?(B|KiB|MiB|GiB|TiB)$"),
        Kind::Duration { .. } => pattern("^[0-9]+ ?(ns|us|ms|s|min|h)$"),
        Kind::Address => json!({ "anyOf": [
            { "type": "integer", "minimum": 0 },
            pattern("^0x[0-9a-fA-F_]+$"),
        ] }),
        Kind::Text { most } => json!({ "type": "string", "maxLength": most }),
        Kind::Name | Kind::Subject | Kind::Image | Kind::Network => pattern(NAME_PATTERN),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Level => level(),
        Kind::LevelRange => json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["low", "high"],
            "properties": { "low": level(), "high": level() },
        }),
        Kind::Grant => json!({ "anyOf": [
            { "enum": words(&DEVICES) },
            pattern("^network:[a-z][a-z0-9-]{0,62}$"),
        ] }),
        Kind::Color => pattern("^#[0-9a-fA-F]{6}$"),
        Kind::Digest => pattern("^[0-9a-fA-F]{64}$"),
        Kind::PublicKey => pattern("^ed25519:[0-9a-fA-F]{64}$"),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Rate => pattern("^[0-9]+/(s|min|h|day)$"),
        Kind::MediaType => pattern("^[a-z]+/[a-z0-9.+-]+$"),
        Kind::Path => pattern("^[^/].*$"),
        Kind::Resolution => pattern("^[0-9]{3,5}x[0-9]{3,5}$"),
        Kind::KeyChord => pattern("^((ctrl|alt|shift)\\+)+[a-z0-9]+$"),
        Kind::PciAddress => pattern("^([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]$"),
        Kind::PciIdentity => pattern("^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$"),
        Kind::Range { .. } => pattern("^(0x)?[0-9a-fA-F]+(-(0x)?[0-9a-fA-F]+)?$"),
        Kind::List(item) => json!({ "type": "array", "items": self::kind(item) }),
        Kind::Table(keys) => table(keys),
        Kind::Map { numbered, value } => json!({
            "type": "object",
            "propertyNames": { "pattern": if *numbered { "^[0-9]{1,2}$" } else { NAME_PATTERN } },
            "additionalProperties": self::kind(value),
        }),
    }
}

fn level() -> Value {
    json!({ "anyOf": [
        { "type": "string" },
        {
            "type": "object",
            "additionalProperties": false,
            "required": ["classification"],
            "properties": {
                "classification": { "type": "string" },
                "compartments": { "type": "array", "items": { "type": "string" } },
            },
        },
    ] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_and_key_is_described() {
        let schema = json_schema();
        for section in SECTIONS {
            let described = &schema["properties"][section.name];
            assert!(described["description"].as_str().is_some_and(|doc| doc.ends_with('.')));
            let table = match section.shape {
                Shape::One => described,
                Shape::Named => &described["additionalProperties"],
            };
            for key in section.keys {
                assert!(table["properties"][key.name]["description"].is_string(), "{}", key.name);
            }
        }
    }
}
