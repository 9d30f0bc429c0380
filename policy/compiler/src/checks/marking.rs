//! Rules of markings: whoever looks at the screen can tell the levels apart.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    check::Check,
    color::{self, Vision},
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    model::Marking,
    source::{Located, Span},
};

/// A level that cannot be shown.
pub static MISSING: Check = Check::error(
    "P060",
    "marking-missing",
    "Every classification of the lattice has a marking.",
    missing,
);
/// Long texts that are alike.
pub static LONG_ALIKE: Check = Check::error(
    "P061",
    "long-text-alike",
    "No two classifications, and no two compartments, have the same long text.",
    long_alike,
);
/// Short texts that are alike.
pub static SHORT_ALIKE: Check = Check::error(
    "P062",
    "short-text-alike",
    "No two classifications, and no two compartments, have the same short text.",
    short_alike,
);
/// Text that is hard to read.
pub static CONTRAST: Check = Check::error(
    "P063",
    "contrast",
    "The text of a marking stands out from its ground by a contrast of at least 4.5 to 1 (WCAG 2.2).",
    contrast,
);
/// Colours that nobody can tell apart.
pub static SIMILAR: Check = Check::error(
    "P064",
    "similar-colors",
    "Markings with one pattern have colours that are clearly different.",
    similar,
);
/// Colours that a colour-blind reader cannot tell apart.
pub static COLOR_BLIND: Check = Check::error(
    "P065",
    "color-blind",
    "Markings with one pattern differ for readers with protanopia, deuteranopia and tritanopia too.",
    color_blind,
);
/// A short text that is not short.
pub static SHORT_LONGER: Check = Check::error(
    "P066",
    "short-text-longer",
    "A marking's short text is not longer than its long text.",
    short_longer,
);

/// The rules of this file.
pub static CHECKS: &[&Check] =
    &[&MISSING, &LONG_ALIKE, &SHORT_ALIKE, &CONTRAST, &SIMILAR, &COLOR_BLIND, &SHORT_LONGER];

fn missing(context: &Context<'_>, findings: &mut Findings) {
    let lattice = &context.policy.lattice;
    let marked: HashSet<&str> =
        lattice.markings.iter().map(|marking| marking.name.value.as_str()).collect();
    for name in &lattice.classifications {
        if !marked.contains(name.value.as_str()) {
            findings.push(
                Diagnostic::new(
                    &MISSING,
                    name.span,
                    format!("level {} has no marking", quote(&name.value)),
                )
                .help(format!(
                    "add `[marking.{}]` with `long`, `short`, `color` and `pattern`",
                    name.value
                )),
            );
        }
    }
}

type Text = Option<Located<String>>;

fn alike<'a>(
    check: &'static Check,
    what: &str,
    texts: impl Iterator<Item = &'a Text>,
    findings: &mut Findings,
) {
    let mut first: HashMap<String, Span> = HashMap::new();
    for text in texts.flatten() {
        let folded = text.value.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        match first.get(&folded) {
            Some(&earlier) => findings.push(
                Diagnostic::new(
                    check,
                    text.span.max(earlier),
                    format!("two markings have the {what} text {}", quote(&text.value)),
                )
                .label("the second")
                .also(text.span.min(earlier), "the first")
                .help("give each its own text: it is what the user relies on"),
            ),
            None => {
                first.insert(folded, text.span);
            }
        }
    }
}

fn long_alike(context: &Context<'_>, findings: &mut Findings) {
    let lattice = &context.policy.lattice;
    alike(&LONG_ALIKE, "long", lattice.markings.iter().map(|it| &it.long), findings);
    alike(&LONG_ALIKE, "long", lattice.compartment_texts.iter().map(|it| &it.long), findings);
}

fn short_alike(context: &Context<'_>, findings: &mut Findings) {
    let lattice = &context.policy.lattice;
    alike(&SHORT_ALIKE, "short", lattice.markings.iter().map(|it| &it.short), findings);
    alike(&SHORT_ALIKE, "short", lattice.compartment_texts.iter().map(|it| &it.short), findings);
}

fn contrast(context: &Context<'_>, findings: &mut Findings) {
    const LEAST: f64 = 4.5;
    for marking in &context.policy.lattice.markings {
        let (Some(ground), Some(text)) = (marking.color, marking.text_color) else { continue };
        let ratio = color::contrast(ground.value, text.value);
        if ratio < LEAST {
            let better = color::hex(color::readable_text(ground.value));
            findings.push(
                Diagnostic::new(
                    &CONTRAST,
                    text.span,
                    format!(
                        "the text of marking {} has a contrast of {ratio:.1} to 1, the least is 4.5",
                        quote(&marking.name.value)
                    ),
                )
                .also(ground.span, "its ground")
                .help(format!("write `text-color = \"{better}\"`, or leave it out")),
            );
        }
    }
}

/// The pairs of markings that only their colour tells apart.
fn same_pattern(markings: &[Marking]) -> impl Iterator<Item = (&Marking, &Marking)> {
    let mut by_pattern: BTreeMap<u8, Vec<&Marking>> = BTreeMap::new();
    for marking in markings.iter().filter(|it| it.classification.is_some() && !it.pattern_malformed)
    {
        let pattern = marking.pattern.map_or_else(Default::default, |pattern| pattern.value);
        by_pattern.entry(pattern as u8).or_default().push(marking);
    }
    // The lattice has at most sixteen classifications, so the pairs are few.
    by_pattern.into_values().flat_map(|group| {
        let pairs = group.iter().enumerate();
        pairs
            .flat_map(|(position, &a)| group[position + 1..].iter().map(move |&b| (a, b)))
            .collect::<Vec<_>>()
    })
}

/// The least difference between colours, as the distance in OKLab times 100.
const LEAST_DIFFERENCE: f64 = 10.0;

fn similar(context: &Context<'_>, findings: &mut Findings) {
    for (a, b) in same_pattern(&context.policy.lattice.markings) {
        let (Some(one), Some(other)) = (a.color, b.color) else { continue };
        let difference = color::difference(one.value, other.value, Vision::Full);
        if difference < LEAST_DIFFERENCE {
            findings.push(
                Diagnostic::new(
                    &SIMILAR,
                    one.span.max(other.span),
                    format!(
                        "markings {} and {} look alike (difference {difference:.0} of at least 10)",
                        quote(&a.name.value),
                        quote(&b.name.value)
                    ),
                )
                .also(one.span.min(other.span), "the other")
                .help("choose another colour, or give one of them another `pattern`"),
            );
        }
    }
}

fn color_blind(context: &Context<'_>, findings: &mut Findings) {
    for (a, b) in same_pattern(&context.policy.lattice.markings) {
        let (Some(one), Some(other)) = (a.color, b.color) else { continue };
        if color::difference(one.value, other.value, Vision::Full) < LEAST_DIFFERENCE {
            continue;
        }
        let confused: Vec<String> = [Vision::Protanopia, Vision::Deuteranopia, Vision::Tritanopia]
            .into_iter()
            .filter(|&vision| color::difference(one.value, other.value, vision) < LEAST_DIFFERENCE)
            .map(|vision| vision.name().to_owned())
            .collect();
        if !confused.is_empty() {
            findings.push(
                Diagnostic::new(
                    &COLOR_BLIND,
                    one.span.max(other.span),
                    format!(
                        "readers with {} cannot tell markings {} and {} apart",
                        confused.join(" or "),
                        quote(&a.name.value),
                        quote(&b.name.value)
                    ),
                )
                .also(one.span.min(other.span), "the other")
                .help("give one of them another `pattern`, or a clearly lighter or darker colour"),
            );
        }
    }
}

fn short_longer(context: &Context<'_>, findings: &mut Findings) {
    let lattice = &context.policy.lattice;
    let markings = lattice.markings.iter().map(|it| (&it.long, &it.short));
    let compartments = lattice.compartment_texts.iter().map(|it| (&it.long, &it.short));
    for (long, short) in markings.chain(compartments) {
        let (Some(long), Some(short)) = (long, short) else { continue };
        if short.value.chars().count() > long.value.chars().count() {
            findings.push(
                Diagnostic::new(
                    &SHORT_LONGER,
                    short.span,
                    format!("the short text {} is longer than the long one", quote(&short.value)),
                )
                .also(long.span, "the long text")
                .help("exchange the two, or shorten it"),
            );
        }
    }
}
