//! Tree to model: names become numbers. Reports every name that is not declared.

mod hardware;
mod lattice;
mod people;
mod subjects;
mod transfers;

use std::collections::HashMap;

use cloister_policy_format::{CpuIndex, ImageIndex, NetworkIndex, SubjectIndex};

use crate::{
    check::Check,
    checks::names,
    diagnostic::{Diagnostic, Findings, quote},
    model::{
        DEFAULT_MONITOR, FileReference, NetworkReference, Policy, Reference, SubjectReference,
        System,
    },
    source::Located,
    tree::{Entry, Fields, Tree, Value},
};

/// Makes the model of a policy.
pub fn resolve(tree: &Tree, findings: &mut Findings) -> Policy {
    let lattice = lattice::resolve(tree, findings);
    let mut resolver = Resolver::new(tree, findings);
    let images = resolver.images(tree);
    let worlds = resolver.worlds(tree, &lattice);
    let components = resolver.components(tree, &lattice);
    Policy {
        system: system(tree, !worlds.is_empty()),
        machine: hardware::machine(tree),
        images,
        worlds,
        components,
        channels: resolver.channels(tree),
        links: resolver.links(tree),
        networks: resolver.networks(tree, &lattice),
        clipboard: resolver.clipboard(tree),
        guards: resolver.guards(tree),
        devices: resolver.devices(tree),
        schedule: resolver.schedule(tree),
        display: resolver.display(tree, &lattice),
        audio: tree
            .table("audio")
            .and_then(|audio| lattice::level(audio.level("level")?, &lattice, resolver.findings)),
        has_audio: tree.table("audio").is_some(),
        log: tree.table("log").and_then(|log| resolver.subject(log, "reader")),
        audit: tree.table("audit").and_then(|audit| resolver.subject(audit, "reader")),
        attestation: resolver.attestation(tree),
        officers: people::officers(tree, resolver.findings),
        lattice,
    }
}

fn system(tree: &Tree, has_worlds: bool) -> System {
    let Some(fields) = tree.table("system") else { return System::default() };
    let by_default = has_worlds && fields.count(&["monitor"]) == 0;
    let monitor = by_default.then(|| FileReference {
        file: Located::new(DEFAULT_MONITOR.to_owned(), fields.span),
        sha256: None,
        found: None,
        problem: None,
    });
    System {
        span: fields.span,
        name: fields.text("name"),
        version: fields.number("version"),
        strict: fields.flag("strict"),
        debug: fields.flag("debug"),
        unsafe_dma: fields.flag("unsafe-dma"),
        monitor: subjects::file(fields, "monitor").or(monitor),
        monitor_by_default: by_default,
    }
}

/// The names that others refer to.
struct Resolver<'a> {
    subjects: HashMap<&'a str, SubjectIndex>,
    images: HashMap<&'a str, ImageIndex>,
    networks: HashMap<&'a str, NetworkIndex>,
    findings: &'a mut Findings,
}

fn numbered<T>(entries: &[Entry], index: impl Fn(u32) -> T) -> HashMap<&str, T> {
    entries
        .iter()
        .enumerate()
        .map(|(position, entry)| (entry.name.value.as_str(), index(position as u32)))
        .collect()
}

impl<'a> Resolver<'a> {
    fn new(tree: &'a Tree, findings: &'a mut Findings) -> Self {
        let worlds = tree.entries("world");
        let mut subjects = numbered(worlds, SubjectIndex);
        for (position, component) in tree.entries("component").iter().enumerate() {
            let name = component.name.value.as_str();
            if let Some(world) = subjects.get(name) {
                findings.push(
                    Diagnostic::new(
                        &names::NAME_TAKEN,
                        component.name.span,
                        format!("{} is a component and a world", quote(name)),
                    )
                    .label("the component")
                    .also(worlds[world.position()].name.span, "the world")
                    .help("give one of the two another name"),
                );
            } else {
                subjects.insert(name, SubjectIndex((worlds.len() + position) as u32));
            }
        }
        Self {
            subjects,
            images: numbered(tree.entries("image"), ImageIndex),
            networks: numbered(tree.entries("network"), NetworkIndex),
            findings,
        }
    }

    fn subject(&mut self, fields: &Fields, key: &str) -> Option<SubjectReference> {
        let name = fields.text(key)?;
        Some(self.subject_reference(name))
    }

    fn subject_list(&mut self, fields: &Fields, key: &str) -> Vec<SubjectReference> {
        texts(fields.list(key)).map(|name| self.subject_reference(name)).collect()
    }

    fn subject_reference(&mut self, name: Located<String>) -> SubjectReference {
        const WHAT: &str = "world or component";
        reference(name, &self.subjects, &names::UNKNOWN_SUBJECT, WHAT, self.findings)
    }

    fn network(&mut self, name: Located<String>) -> NetworkReference {
        const WHAT: &str = "outside network";
        reference(name, &self.networks, &names::UNKNOWN_NETWORK, WHAT, self.findings)
    }
}

fn reference<T: Copy>(
    name: Located<String>,
    known: &HashMap<&str, T>,
    check: &'static Check,
    what: &str,
    findings: &mut Findings,
) -> Reference<T> {
    let target = known.get(name.value.as_str()).copied();
    if target.is_none() {
        let near = findings.suggest(&name.value, sorted(known));
        findings.push(
            Diagnostic::new(check, name.span, format!("there is no {what} {}", quote(&name.value)))
                .help(format!("{near}declare it, or name another")),
        );
    }
    Reference { name: name.value, span: name.span, target }
}

/// The names in a fixed order, so that messages do not change from run to run.
fn sorted<'a, T>(known: &HashMap<&'a str, T>) -> Vec<&'a str> {
    let mut names: Vec<&str> = known.keys().copied().collect();
    names.sort_unstable();
    names
}

fn texts(values: &[Located<Value>]) -> impl Iterator<Item = Located<String>> + '_ {
    values.iter().filter_map(|value| match &value.value {
        Value::Text(text) => Some(Located::new(text.clone(), value.span)),
        _ => None,
    })
}

fn cpus(values: &[Located<Value>]) -> Vec<Located<CpuIndex>> {
    values
        .iter()
        .filter_map(|value| match value.value {
            Value::Number(number) => {
                Some(Located::new(CpuIndex(u8::try_from(number).ok()?), value.span))
            }
            _ => None,
        })
        .collect()
}
