//! Channels, links, networks, clipboard rules and guards.

use super::{Resolver, lattice};
use crate::{
    model::{Channel, ClipboardRule, Content, Guard, Lattice, Link, Network},
    schema::{CHANNEL_KIND, CHARSET, CONFIRM},
    source::Located,
    tree::{Fields, Tree},
};

impl Resolver<'_> {
    pub(super) fn channels(&mut self, tree: &Tree) -> Vec<Channel> {
        let make = |entry: &crate::tree::Entry| {
            let fields = &entry.fields;
            Channel {
                name: entry.name.clone(),
                from: self.subject(fields, "from"),
                to: self.subject(fields, "to"),
                kind: fields.choice("kind", &CHANNEL_KIND),
                size: fields.number("size"),
                event: fields.text("event"),
                from_address: fields.number("from-address"),
                to_address: fields.number("to-address"),
                because: fields.text("because"),
            }
        };
        tree.entries("channel").iter().map(make).collect()
    }

    pub(super) fn links(&mut self, tree: &Tree) -> Vec<Link> {
        let make = |entry: &crate::tree::Entry| Link {
            name: entry.name.clone(),
            worlds: self.subject_list(&entry.fields, "worlds"),
            from: self.subject(&entry.fields, "from"),
            to: self.subject_list(&entry.fields, "to"),
            size: entry.fields.number("size"),
        };
        tree.entries("link").iter().map(make).collect()
    }

    pub(super) fn networks(&mut self, tree: &Tree, lattice: &Lattice) -> Vec<Network> {
        let mut networks = Vec::new();
        for entry in tree.entries("network") {
            let level = entry.fields.level("level");
            networks.push(Network {
                name: entry.name.clone(),
                level: level.and_then(|level| lattice::level(level, lattice, self.findings)),
                driver: self.subject(&entry.fields, "driver"),
            });
        }
        networks
    }

    pub(super) fn clipboard(&mut self, tree: &Tree) -> Vec<ClipboardRule> {
        let make = |entry: &crate::tree::Entry| ClipboardRule {
            name: entry.name.clone(),
            from: self.subject_list(&entry.fields, "from"),
            to: self.subject_list(&entry.fields, "to"),
            max: entry.fields.number("max"),
            timeout: entry.fields.number("timeout"),
            confirm: entry.fields.choice("confirm", &CONFIRM),
        };
        tree.entries("clipboard").iter().map(make).collect()
    }

    pub(super) fn guards(&mut self, tree: &Tree) -> Vec<Guard> {
        let make = |entry: &crate::tree::Entry| {
            let fields = &entry.fields;
            Guard {
                name: entry.name.clone(),
                from: self.subject(fields, "from"),
                to: self.subject(fields, "to"),
                component: self.subject(fields, "component"),
                content: fields
                    .table("content")
                    .map_or_else(Content::default, |table| content(&table.value)),
                confirm: fields.choice("confirm", &CONFIRM),
                expires: fields.number("expires").map(|day| day.map(|day| day as u32)),
                because: fields.text("because"),
                size: fields.number("size"),
                malformed: malformed(fields),
            }
        };
        tree.entries("guard").iter().map(make).collect()
    }
}

fn malformed(fields: &Fields) -> Vec<&'static str> {
    let content = fields.table("content");
    let inner = content.as_ref().map_or(&[][..], |content| content.value.malformed());
    fields.malformed().iter().chain(inner).copied().collect()
}

fn content(fields: &Fields) -> Content {
    Content {
        media_type: fields.text("type"),
        charset: fields.choice("charset", &CHARSET),
        max: fields.number("max"),
        rate: fields.rate("rate").map(|rate| Located::new(rate.value, rate.span)),
    }
}
