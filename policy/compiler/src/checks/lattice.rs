//! Rules of the lattice itself.

use std::collections::HashMap;

use cloister_policy_format::{MAX_CLASSIFICATIONS, MAX_COMPARTMENTS};

use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    model::Subject,
    source::Located,
};

/// No level at all.
pub static EMPTY: Check =
    Check::error("P050", "empty-lattice", "The lattice has at least one level.", empty);
/// More than can be told apart.
pub static TOO_MANY: Check = Check::error(
    "P051",
    "too-many-levels",
    "The lattice has at most 16 classifications and 64 compartments.",
    too_many,
);
/// One name twice.
pub static DUPLICATE: Check = Check::error(
    "P052",
    "duplicate-level",
    "No classification or compartment is in the lattice twice.",
    duplicate,
);
/// A range that is none.
pub static REVERSED: Check = Check::error(
    "P053",
    "reversed-levels",
    "A component's highest level dominates its lowest.",
    reversed,
);
/// A component of no level.
pub static WITHOUT: Check =
    Check::error("P054", "level-or-levels", "A component has either `level` or `levels`.", without);
/// Several levels without trust.
pub static UNTRUSTED_JOIN: Check = Check::error(
    "P055",
    "untrusted-join",
    "Only a component that is declared trusted handles more than one level.",
    untrusted_join,
);

/// The rules of this file.
pub static CHECKS: &[&Check] =
    &[&EMPTY, &TOO_MANY, &DUPLICATE, &REVERSED, &WITHOUT, &UNTRUSTED_JOIN];

fn empty(context: &Context<'_>, findings: &mut Findings) {
    let lattice = &context.policy.lattice;
    if lattice.classifications.is_empty() {
        findings.push(
            Diagnostic::new(&EMPTY, lattice.span, "the lattice has no levels")
                .help("list the classifications, lowest first, as in `levels = [\"unclassified\", \"secret\"]`"),
        );
    }
}

fn too_many(context: &Context<'_>, findings: &mut Findings) {
    let lattice = &context.policy.lattice;
    for (what, names, most) in [
        ("classifications", &lattice.classifications, MAX_CLASSIFICATIONS),
        ("compartments", &lattice.compartments, MAX_COMPARTMENTS),
    ] {
        if let Some(first) = names.get(most) {
            findings.push(
                Diagnostic::new(
                    &TOO_MANY,
                    first.span,
                    format!("there are {} {what}, the most are {most}", names.len()),
                )
                .label("the first too many")
                .help("join some of them"),
            );
        }
    }
}

fn duplicate(context: &Context<'_>, findings: &mut Findings) {
    let lattice = &context.policy.lattice;
    for names in [&lattice.classifications, &lattice.compartments] {
        let mut first: HashMap<&str, &Located<String>> = HashMap::new();
        for name in names {
            match first.get(name.value.as_str()) {
                Some(earlier) => findings.push(
                    Diagnostic::new(
                        &DUPLICATE,
                        name.span,
                        format!("{} is in the lattice twice", quote(&name.value)),
                    )
                    .label("the second time")
                    .also(earlier.span, "the first time")
                    .help("delete one of the two"),
                ),
                None => {
                    first.insert(&name.value, name);
                }
            }
        }
    }
}

fn reversed(context: &Context<'_>, findings: &mut Findings) {
    for component in &context.policy.components {
        let Some(levels) = component.levels else { continue };
        if !levels.value.high.dominates(levels.value.low) {
            let describe = |level| context.policy.lattice.describe(level);
            findings.push(
                Diagnostic::new(
                    &REVERSED,
                    levels.span,
                    format!(
                        "the highest level of {}, {}, does not dominate its lowest, {}",
                        quote(&component.name.value),
                        describe(levels.value.high),
                        describe(levels.value.low)
                    ),
                )
                .help("exchange the two, or add the missing compartments to `high`"),
            );
        }
    }
}

fn without(context: &Context<'_>, findings: &mut Findings) {
    // Whether a key is there at all is seen in the text: a level that names nothing is there.
    for component in &context.policy.components {
        let given = component.level_keys;
        if given != 1 {
            let has = if given == 0 { "neither" } else { "both" };
            findings.push(
                Diagnostic::new(
                    &WITHOUT,
                    component.name.span,
                    format!(
                        "component {} has {has} of `level` and `levels`",
                        quote(&component.name.value)
                    ),
                )
                .help("write `level` for a component of one level, `levels` for a trusted one of several"),
            );
        }
    }
}

fn untrusted_join(context: &Context<'_>, findings: &mut Findings) {
    for (_, subject) in context.policy.subjects() {
        let Subject::Component(component) = subject else { continue };
        let Some(levels) = component.levels else { continue };
        if levels.value.low != levels.value.high && !component.is_trusted() {
            findings.push(
                Diagnostic::new(
                    &UNTRUSTED_JOIN,
                    levels.span,
                    format!(
                        "component {} joins levels ({}) without being trusted to",
                        quote(&component.name.value),
                        context.levels(levels.value)
                    ),
                )
                .also(component.name.span, "declared here")
                .help(
                    "write `trusted = true` if it was examined for that, else give it one `level`",
                ),
            );
        }
    }
}
