//! How each key of the language is to be read when two policies are compared.
//!
//! A reviewer must not miss what widens. So each key of the schema has a rule here, a test
//! fails when one has none, and what has no clear direction counts as widening.

/// What a change of a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Each thing that it names is a right: one more is wider, one fewer is narrower.
    Grants,
    /// More is wider. In a list of words, those that come later are more.
    More,
    /// Less is wider. `yes` is more than `no`.
    Less,
    /// It says what or who something is: any change counts as widening, since the new one has
    /// not been looked at.
    Identity,
    /// Time, memory and the like: no right, but others may notice.
    Resource,
    /// Text for people, and looks.
    Note,
}

/// The rule of a key.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The section.
    pub section: &'static str,
    /// The key, with dots between the keys of inner tables.
    pub key: &'static str,
    /// What a change means.
    pub meaning: Meaning,
    /// What the key says when it is absent, as [`super::show`] shows it; empty where its absence
    /// says that there is no such thing.
    pub absent: &'static str,
    /// How much `absent` is, for keys of which more or less is wider.
    pub absent_amount: Option<u128>,
}

/// What it means that there is a table of this section, or is one no longer.
pub fn presence(section: &str) -> Meaning {
    match section {
        "image" | "machine" | "lattice" | "schedule" | "system" | "officers" => Meaning::Resource,
        "marking" | "compartment" => Meaning::Note,
        // Without it nobody can be shown what was booted; with it, something answers strangers.
        "attestation" => Meaning::Identity,
        _ => Meaning::Grants,
    }
}

/// The rule of a key, or the careful one for a key that has none.
pub fn rule(section: &str, key: &str) -> Rule {
    RULES.iter().find(|rule| rule.section == section && rule.key == key).copied().unwrap_or(Rule {
        section: "",
        key: "",
        meaning: Meaning::Identity,
        absent: "",
        absent_amount: None,
    })
}

const fn means(section: &'static str, key: &'static str, meaning: Meaning) -> Rule {
    Rule { section, key, meaning, absent: "", absent_amount: None }
}

const fn unless_said(
    section: &'static str,
    key: &'static str,
    meaning: Meaning,
    absent: &'static str,
) -> Rule {
    Rule { section, key, meaning, absent, absent_amount: None }
}

const fn amounts_to(
    section: &'static str,
    key: &'static str,
    meaning: Meaning,
    absent: &'static str,
    amount: u128,
) -> Rule {
    Rule { section, key, meaning, absent, absent_amount: Some(amount) }
}

use Meaning::{Grants, Identity, Less, More, Note, Resource};

/// The rules, in the order of the schema.
pub const RULES: &[Rule] = &[
    means("system", "name", Note),
    means("system", "version", Note),
    amounts_to("system", "strict", Less, "yes", 1),
    amounts_to("system", "debug", More, "no", 0),
    amounts_to("system", "unsafe-dma", More, "no", 0),
    unless_said("system", "monitor.file", Identity, "native/monitor"),
    means("system", "monitor.sha256", Identity),
    means("machine", "memory", Resource),
    means("machine", "cpus", Resource),
    amounts_to("machine", "iommu", Less, "yes", 1),
    unless_said("machine", "siblings", Identity, "none"),
    unless_said("machine", "switch-cost", Resource, "20 us"),
    means("lattice", "levels", Identity),
    unless_said("lattice", "compartments", Identity, "none"),
    means("marking", "long", Note),
    means("marking", "short", Note),
    means("marking", "color", Note),
    means("marking", "text-color", Note),
    unless_said("marking", "pattern", Note, "solid"),
    means("compartment", "long", Note),
    means("compartment", "short", Note),
    means("image", "kernel.file", Identity),
    means("image", "kernel.sha256", Identity),
    means("image", "initrd.file", Identity),
    means("image", "initrd.sha256", Identity),
    means("image", "disk.file", Identity),
    means("image", "disk.sha256", Identity),
    unless_said("image", "disk.access", Identity, "fresh"),
    means("image", "command-line", Identity),
    means("world", "level", Identity),
    means("world", "image", Identity),
    means("world", "memory", Resource),
    unless_said("world", "monitor-memory", Resource, "4 MiB"),
    means("world", "cpus", Resource),
    means("world", "devices", Grants),
    means("world", "framebuffer", Resource),
    unless_said("world", "restart", Resource, "never"),
    unless_said("world", "autostart", Resource, "yes"),
    means("world", "slack-to", Grants),
    unless_said("component", "role", Identity, "service"),
    amounts_to("component", "trusted", More, "no", 0),
    means("component", "level", Identity),
    means("component", "levels", Identity),
    means("component", "program.file", Identity),
    means("component", "program.sha256", Identity),
    means("component", "memory", Resource),
    unless_said("component", "stack", Resource, "64 KiB"),
    means("component", "cpus", Resource),
    unless_said("component", "restart", Resource, "never"),
    means("component", "slack-to", Grants),
    means("component", "handover-to", Grants),
    means("component", "runs-every", Resource),
    means("component", "ports", Grants),
    means("component", "read-msrs", Grants),
    means("component", "write-msrs", Grants),
    means("component", "mmio", Grants),
    means("component", "controls", Grants),
    means("channel", "from", Identity),
    means("channel", "to", Identity),
    unless_said("channel", "kind", Identity, "ring"),
    means("channel", "size", Resource),
    means("channel", "event", Grants),
    means("channel", "from-address", Resource),
    means("channel", "to-address", Resource),
    means("channel", "because", Note),
    means("link", "worlds", Grants),
    means("link", "from", Grants),
    means("link", "to", Grants),
    unless_said("link", "size", Resource, "256 KiB"),
    means("network", "level", Identity),
    means("network", "driver", Identity),
    means("clipboard", "from", Grants),
    means("clipboard", "to", Grants),
    amounts_to("clipboard", "max", More, "64 KiB", 64 << 10),
    amounts_to("clipboard", "timeout", More, "1 min", 60_000_000_000),
    amounts_to("clipboard", "confirm", Less, "user-sees-content", 2),
    means("guard", "from", Identity),
    means("guard", "to", Identity),
    means("guard", "component", Identity),
    means("guard", "content.type", Identity),
    amounts_to("guard", "content.charset", More, "ascii", 0),
    means("guard", "content.max", More),
    means("guard", "content.rate", More),
    amounts_to("guard", "confirm", Less, "user-sees-content", 2),
    means("guard", "expires", More),
    means("guard", "because", Note),
    unless_said("guard", "size", Resource, "64 KiB"),
    means("device", "class", Identity),
    means("device", "vendor-device", Identity),
    means("device", "address", Identity),
    means("device", "legacy", Identity),
    means("device", "owner", Identity),
    means("device", "iommu-group", Identity),
    means("device", "dma", Identity),
    means("device", "interrupt.line", Identity),
    means("device", "interrupt.owner", Identity),
    means("schedule", "major-frame", Resource),
    means("schedule", "cpu", Resource),
    means("display", "gui", Identity),
    means("display", "highest", Identity),
    unless_said("display", "size", Note, "1024x768"),
    unless_said("display", "secure-attention", Note, "ctrl+alt+break"),
    unless_said("display", "keyboard", Note, "us"),
    unless_said("display", "large-text", Note, "no"),
    means("display", "input-to-screen", Resource),
    means("audio", "level", Identity),
    means("log", "reader", Identity),
    means("audit", "reader", Identity),
    means("attestation", "component", Identity),
    means("attestation", "network", Grants),
    unless_said("attestation", "port", Resource, "4433"),
    amounts_to("attestation", "tpm", More, "required", 0),
    means("officers", "required", Less),
    means("officers", "author", Note),
    means("officers", "keys", Grants),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Key, Kind, SECTIONS};

    /// The keys of a table, those of inner tables with dots.
    fn keys(prefix: &str, keys: &[Key]) -> Vec<String> {
        keys.iter()
            .flat_map(|key| match key.kind {
                Kind::Table(inner) => self::keys(&format!("{prefix}{}.", key.name), inner),
                _ => vec![format!("{prefix}{}", key.name)],
            })
            .collect()
    }

    #[test]
    fn each_key_of_the_schema_has_one_rule() {
        let schema: Vec<(String, String)> = SECTIONS
            .iter()
            .flat_map(|section| {
                keys("", section.keys).into_iter().map(|key| (section.name.to_owned(), key))
            })
            .collect();
        let rules: Vec<(String, String)> =
            RULES.iter().map(|rule| (rule.section.to_owned(), rule.key.to_owned())).collect();
        assert_eq!(rules, schema);
    }
}
