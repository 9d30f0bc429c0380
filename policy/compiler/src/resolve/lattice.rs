//! Levels and markings.

use cloister_policy_format::{
    ClassificationIndex, CompartmentSet, Level, MAX_CLASSIFICATIONS, MAX_COMPARTMENTS,
};

use super::texts;
use crate::{
    checks::names,
    diagnostic::{Diagnostic, Findings, quote},
    model::{CompartmentText, Lattice, LevelRange, Marking},
    schema::PATTERN,
    source::Located,
    tree::{Fields, LevelText, Tree, Value},
};

/// The lattice with its markings.
pub fn resolve(tree: &Tree, findings: &mut Findings) -> Lattice {
    let mut lattice = Lattice::default();
    if let Some(fields) = tree.table("lattice") {
        lattice.span = fields.span;
        lattice.classifications = texts(fields.list("levels")).collect();
        lattice.compartments = texts(fields.list("compartments")).collect();
    }
    for (position, name) in lattice.classifications.iter().enumerate().take(MAX_CLASSIFICATIONS) {
        lattice.classification_positions.entry(name.value.clone()).or_insert(position as u8);
    }
    for (position, name) in lattice.compartments.iter().enumerate().take(MAX_COMPARTMENTS) {
        lattice.compartment_positions.entry(name.value.clone()).or_insert(position as u8);
    }
    for entry in tree.entries("marking") {
        let fields = &entry.fields;
        lattice.markings.push(Marking {
            classification: classification(&entry.name, &lattice, findings),
            name: entry.name.clone(),
            long: fields.text("long"),
            short: fields.text("short"),
            color: fields.color("color"),
            text_color: fields.color("text-color"),
            pattern: fields.choice("pattern", &PATTERN),
            pattern_malformed: fields.malformed().contains(&"pattern"),
        });
    }
    for entry in tree.entries("compartment") {
        lattice.compartment_texts.push(CompartmentText {
            compartment: compartment(&entry.name, &lattice, findings),
            name: entry.name.clone(),
            long: entry.fields.text("long"),
            short: entry.fields.text("short"),
        });
    }
    lattice
}

fn classification(
    name: &Located<String>,
    lattice: &Lattice,
    findings: &mut Findings,
) -> Option<ClassificationIndex> {
    let position = lattice.classification_positions.get(&name.value);
    // A lattice that is empty or too large is itself the error.
    let sound = (1..=MAX_CLASSIFICATIONS).contains(&lattice.classifications.len());
    if position.is_none() && sound {
        let known = || lattice.classifications.iter().map(|name| name.value.as_str());
        let near = findings.suggest(&name.value, known());
        let all: Vec<&str> = known().take(20).collect();
        findings.push(
            Diagnostic::new(
                &names::UNKNOWN_CLASSIFICATION,
                name.span,
                format!("there is no level {}", quote(&name.value)),
            )
            .help(format!("{near}the lattice has {}", all.join(", "))),
        );
    }
    position.copied().map(ClassificationIndex)
}

fn compartment(name: &Located<String>, lattice: &Lattice, findings: &mut Findings) -> Option<u8> {
    let position = lattice.compartment_positions.get(&name.value);
    if position.is_none() && lattice.compartments.len() <= MAX_COMPARTMENTS {
        let known = lattice.compartments.iter().map(|name| name.value.as_str());
        let near = findings.suggest(&name.value, known);
        findings.push(
            Diagnostic::new(
                &names::UNKNOWN_COMPARTMENT,
                name.span,
                format!("there is no compartment {}", quote(&name.value)),
            )
            .help(format!("{near}add it to `compartments` in `[lattice]`, or name another")),
        );
    }
    position.copied()
}

/// A level, when all its names exist.
pub fn level(
    text: Located<LevelText>,
    lattice: &Lattice,
    findings: &mut Findings,
) -> Option<Located<Level>> {
    let classification = classification(&text.value.classification, lattice, findings);
    let mut known = true;
    let mut compartments = CompartmentSet::EMPTY;
    for name in &text.value.compartments {
        match compartment(name, lattice, findings) {
            Some(bit) => compartments = compartments.with(usize::from(bit)),
            None => known = false,
        }
    }
    let level = Level::new(classification?, compartments);
    known.then_some(Located::new(level, text.span))
}

/// A component's levels: `level`, or `levels`.
pub fn levels(
    fields: &Fields,
    lattice: &Lattice,
    findings: &mut Findings,
) -> Option<Located<LevelRange>> {
    if let Some(text) = fields.level("level") {
        let level = level(text, lattice, findings)?;
        return Some(level.map(|level| LevelRange { low: level, high: level }));
    }
    let value = fields.get("levels")?;
    let Value::Levels(low, high) = &value.value else { return None };
    let low = level(Located::new(low.clone(), value.span), lattice, findings);
    let high = level(Located::new(high.clone(), value.span), lattice, findings);
    Some(Located::new(LevelRange { low: low?.value, high: high?.value }, value.span))
}
