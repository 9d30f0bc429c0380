//! Rules of officers: who may approve the next policy.

use std::collections::HashMap;

use cloister_policy_format::signature::{MAX_OFFICERS, PublicKey};

use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    source::Span,
};

/// Nobody, or more than there are.
pub static REQUIRED: Check = Check::error(
    "P200",
    "required-officers",
    "At least one officer must sign, and not more than have keys.",
    required,
);
/// One key for two.
pub static SAME_KEY: Check =
    Check::error("P201", "same-key", "No two officers have the same key.", same_key);
/// A key that is none.
pub static INVALID_KEY: Check = Check::error(
    "P202",
    "invalid-key",
    "An officer's key is a point of the curve, and not a weak one.",
    invalid_key,
);
/// An author alone.
pub static AUTHOR_ALONE: Check = Check::error(
    "P203",
    "author-alone",
    "The author is not the only officer, as somebody else must approve.",
    author_alone,
);
/// More than can be encoded.
pub static TOO_MANY: Check =
    Check::error("P204", "too-many-officers", "There are at most 16 officers.", too_many);

/// A name that is too long for the appliance.
pub static NAME_LENGTH: Check = Check::error(
    "P205",
    "officer-name",
    "An officer's name is at most 32 letters long.",
    name_length,
);

/// The rules of this file.
pub static CHECKS: &[&Check] =
    &[&REQUIRED, &SAME_KEY, &INVALID_KEY, &AUTHOR_ALONE, &TOO_MANY, &NAME_LENGTH];

fn required(context: &Context<'_>, findings: &mut Findings) {
    let officers = &context.policy.officers;
    let Some(required) = officers.required else { return };
    let keys = officers.keys.len() as u64;
    // A key that is malformed is one to mend, not one too few.
    if required.value < 1 || (officers.complete && required.value > keys) {
        findings.push(
            Diagnostic::new(
                &REQUIRED,
                required.span,
                format!("{} of {keys} officers would have to sign", required.value),
            )
            .also(officers.span, "the officers")
            .help(format!("write a number from 1 to {}; 2 is good practice", keys.max(1))),
        );
    }
}

fn same_key(context: &Context<'_>, findings: &mut Findings) {
    let mut first = HashMap::new();
    for officer in &context.policy.officers.keys {
        let Some(key) = officer.key else { continue };
        let (earlier, span): (&str, Span) =
            *first.entry(key.value).or_insert((officer.name.value.as_str(), key.span));
        if span != key.span {
            findings.push(
                Diagnostic::new(
                    &SAME_KEY,
                    key.span.max(span),
                    format!(
                        "officers {} and {} have the same key",
                        quote(earlier),
                        quote(&officer.name.value)
                    ),
                )
                .also(key.span.min(span), "the other")
                .help("let each officer make a key with `cloister-policy keygen`"),
            );
        }
    }
}

fn invalid_key(context: &Context<'_>, findings: &mut Findings) {
    for officer in context.policy.officers.keys.iter().take(MAX_OFFICERS) {
        let Some(key) = officer.key else { continue };
        if PublicKey(key.value).point().is_none() {
            findings.push(
                Diagnostic::new(
                    &INVALID_KEY,
                    key.span,
                    format!(
                        "the key of officer {} is not an ed25519 key",
                        quote(&officer.name.value)
                    ),
                )
                .help("copy the line that `cloister-policy keygen` printed"),
            );
        }
    }
}

fn author_alone(context: &Context<'_>, findings: &mut Findings) {
    let officers = &context.policy.officers;
    let Some(author) = &officers.author else { return };
    if officers.keys.len() == 1 && officers.keys[0].name.value == author.value {
        findings.push(
            Diagnostic::new(
                &AUTHOR_ALONE,
                author.span,
                format!(
                    "the author {} is the only officer, so nobody else can approve",
                    quote(&author.value)
                ),
            )
            .also(officers.keys[0].name.span, "the only key")
            .help("add another officer's key"),
        );
    }
}

fn too_many(context: &Context<'_>, findings: &mut Findings) {
    let officers = &context.policy.officers;
    if let Some(first) = officers.keys.get(MAX_OFFICERS) {
        findings.push(
            Diagnostic::new(
                &TOO_MANY,
                first.name.span,
                format!("there are {} officers, the most are {MAX_OFFICERS}", officers.keys.len()),
            )
            .label("the first too many")
            .help("list those who approve this appliance's policies"),
        );
    }
}

fn name_length(context: &Context<'_>, findings: &mut Findings) {
    const MOST: usize = 32;
    for officer in &context.policy.officers.keys {
        if officer.name.value.len() > MOST {
            findings.push(
                Diagnostic::new(
                    &NAME_LENGTH,
                    officer.name.span,
                    format!(
                        "the name {} is longer than {MOST} letters",
                        quote(&officer.name.value)
                    ),
                )
                .help("choose a shorter name"),
            );
        }
    }
}
