//! Images, worlds and components.

use cloister_policy_format::{Commands, Framebuffer, MsrAccess, VirtualDevices};

use super::{Resolver, cpus, lattice, reference, texts};
use crate::{
    checks::names,
    diagnostic::{Diagnostic, quote},
    model::{
        Component, Control, FileReference, Image, Lattice, MmioRegion, MsrRange, NetworkUse,
        PortRange, World,
    },
    schema::{ACCESS, COMMAND, DEVICES, RESTART, ROLE},
    source::{Located, Span},
    tree::{Fields, Tree, Value},
};

impl Resolver<'_> {
    pub(super) fn images(&mut self, tree: &Tree) -> Vec<Image> {
        let make = |entry: &crate::tree::Entry| {
            let fields = &entry.fields;
            let disk = fields.table("disk");
            Image {
                name: entry.name.clone(),
                kernel: file(fields, "kernel"),
                initrd: file(fields, "initrd"),
                disk: file(fields, "disk"),
                disk_access: disk.and_then(|disk| disk.value.choice("access", &ACCESS)),
                command_line: fields.text("command-line"),
            }
        };
        tree.entries("image").iter().map(make).collect()
    }

    pub(super) fn worlds(&mut self, tree: &Tree, lattice: &Lattice) -> Vec<World> {
        let mut worlds = Vec::new();
        for entry in tree.entries("world") {
            let fields = &entry.fields;
            let (devices, networks) = self.grants(fields);
            let level = fields
                .level("level")
                .and_then(|level| lattice::level(level, lattice, self.findings));
            worlds.push(World {
                name: entry.name.clone(),
                level,
                image: fields.text("image").map(|name| {
                    reference(name, &self.images, &names::UNKNOWN_IMAGE, "image", self.findings)
                }),
                memory: fields.number("memory"),
                monitor_memory: fields.number("monitor-memory"),
                cpus: cpus(fields.list("cpus")),
                cpus_span: span_of(fields, "cpus"),
                devices,
                networks,
                framebuffer: resolution(fields, "framebuffer")
                    .map(|size| size.map(|(width, height)| Framebuffer { width, height })),
                restart: fields.choice("restart", &RESTART),
                autostart: fields.flag("autostart"),
                slack_to: self.subject(fields, "slack-to"),
            });
        }
        worlds
    }

    fn grants(&mut self, fields: &Fields) -> (Vec<Located<VirtualDevices>>, Vec<NetworkUse>) {
        let (mut devices, mut networks) = (Vec::new(), Vec::new());
        for grant in texts(fields.list("devices")) {
            if let Some(network) = grant.value.strip_prefix("network:") {
                let name = Located::new(network.to_owned(), grant.span);
                networks.push(NetworkUse { network: self.network(name) });
            } else if let Some((_, device)) = DEVICES.iter().find(|(word, _)| *word == grant.value)
            {
                devices.push(Located::new(*device, grant.span));
            } else {
                let near =
                    self.findings.suggest(&grant.value, DEVICES.iter().map(|(word, _)| *word));
                let words: Vec<&str> = DEVICES.iter().map(|(word, _)| *word).collect();
                self.findings.push(
                    Diagnostic::new(
                        &names::UNKNOWN_DEVICE,
                        grant.span,
                        format!("there is no virtual device {}", quote(&grant.value)),
                    )
                    .help(format!(
                        "{near}write one of {}, or `network:` and an outside network's name",
                        words.join(", ")
                    )),
                );
            }
        }
        (devices, networks)
    }

    pub(super) fn components(&mut self, tree: &Tree, lattice: &Lattice) -> Vec<Component> {
        let mut components = Vec::new();
        for entry in tree.entries("component") {
            let fields = &entry.fields;
            components.push(Component {
                name: entry.name.clone(),
                role: fields.choice("role", &ROLE),
                trusted: fields.flag("trusted"),
                levels: lattice::levels(fields, lattice, self.findings),
                level_keys: fields.count(&["level", "levels"]),
                program: file(fields, "program"),
                memory: fields.number("memory"),
                stack: fields.number("stack"),
                cpus: cpus(fields.list("cpus")),
                cpus_span: span_of(fields, "cpus"),
                restart: fields.choice("restart", &RESTART),
                slack_to: self.subject(fields, "slack-to"),
                handover_to: self.subject(fields, "handover-to"),
                runs_every: fields.number("runs-every"),
                ports: ports(fields),
                msrs: msrs(fields),
                mmio: mmio(fields),
                controls: self.controls(fields),
            });
        }
        components
    }
}

impl Resolver<'_> {
    fn controls(&mut self, fields: &Fields) -> Vec<Control> {
        let mut controls: Vec<Control> = fields
            .map("controls")
            .iter()
            .map(|(name, commands)| Control {
                target: self.subject_reference(name.clone()),
                commands: commands_of(&commands.value),
            })
            .collect();
        controls.sort_by(|a, b| a.target.name.cmp(&b.target.name));
        controls
    }
}

fn commands_of(value: &Value) -> Vec<Located<Commands>> {
    let Value::List(items) = value else { return Vec::new() };
    let command = |item: &Located<Value>| match item.value {
        Value::Number(position) => {
            let (_, command) = COMMAND.get(usize::try_from(position).ok()?)?;
            Some(Located::new(*command, item.span))
        }
        _ => None,
    };
    items.iter().filter_map(command).collect()
}

fn span_of(fields: &Fields, key: &str) -> Option<Span> {
    fields.get(key).map(|value| value.span)
}

pub(super) fn file(fields: &Fields, key: &str) -> Option<FileReference> {
    let table = fields.table(key)?.value;
    Some(FileReference {
        file: table.text("file")?,
        sha256: table.bytes("sha256"),
        found: None,
        problem: None,
    })
}

/// Width and height in pixels.
pub(super) fn resolution(fields: &Fields, key: &str) -> Option<Located<(u16, u16)>> {
    let value = fields.get(key)?;
    match value.value {
        Value::Resolution(width, height) => Some(Located::new((width, height), value.span)),
        _ => None,
    }
}

fn ranges(fields: &Fields, key: &str) -> impl Iterator<Item = Located<(u64, u64)>> {
    fields.list(key).iter().filter_map(|value| match value.value {
        Value::Range(first, last) => Some(Located::new((first, last), value.span)),
        _ => None,
    })
}

fn ports(fields: &Fields) -> Vec<Located<PortRange>> {
    ranges(fields, "ports")
        .map(|range| {
            range.map(|(first, last)| PortRange { first: first as u16, last: last as u16 })
        })
        .collect()
}

fn msrs(fields: &Fields) -> Vec<Located<MsrRange>> {
    [("read-msrs", MsrAccess::Read), ("write-msrs", MsrAccess::ReadWrite)]
        .into_iter()
        .flat_map(|(key, access)| {
            ranges(fields, key).map(move |range| {
                range.map(|(first, last)| MsrRange {
                    first: first as u32,
                    last: last as u32,
                    access,
                })
            })
        })
        .collect()
}

fn mmio(fields: &Fields) -> Vec<Located<MmioRegion>> {
    fields
        .list("mmio")
        .iter()
        .filter_map(|value| {
            let Value::Table(table) = &value.value else { return None };
            let (address, size) = (table.number("address")?, table.number("size")?);
            Some(Located::new(MmioRegion { address: address.value, size: size.value }, value.span))
        })
        .collect()
}
