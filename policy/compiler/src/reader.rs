//! Text to tree: TOML with places, held against the schema. Reports everything that it finds.

mod scalar;
mod table;
mod text;
mod units;

use toml::de::{DeTable, DeValue};

use crate::{
    checks::form,
    diagnostic::{Diagnostic, Findings, quote},
    schema::{FORMAT, SECTIONS, Section, Shape},
    source::{Located, SourceFile, Span},
    tree::{Entry, Tree},
};

pub use units::{show_duration, show_rate, show_size};

use table::{Spanned, read_name, read_table, wrong_type};

/// Reads a policy's text.
pub fn read(source: &SourceFile, findings: &mut Findings) -> Tree {
    text::check_characters(source, findings);
    let (root, errors) = DeTable::parse_recoverable(source.text());
    // What a broken line left out of the tree is not missing: the author has one thing to mend. Of a
    // key that is given twice the first is kept.
    let mut complete = true;
    for (number, error) in errors.iter().enumerate() {
        let finding = text::syntax_error(source, root.get_ref(), error, number);
        complete &= finding.check.id == form::DUPLICATE_KEY.id;
        findings.push(finding);
    }
    let root = root.get_ref();
    if complete {
        check_format(root, findings);
    }
    let mut tree = Tree::default();
    for (name, value) in root {
        if name.get_ref() == "format" {
            continue;
        }
        match Section::named(name.get_ref()) {
            Some(section) => read_section(section, name, value, complete, &mut tree, findings),
            None => unknown_section(name, findings),
        }
    }
    for section in SECTIONS.iter().filter(|section| section.required && complete) {
        if !root.contains_key(section.name) {
            findings.push(
                Diagnostic::new(
                    &form::MISSING_SECTION,
                    Span::default(),
                    format!("the policy has no section `[{}]`", section.name),
                )
                .help(format!("add `[{}]`: {}", section.name, section.doc)),
            );
        }
    }
    if !complete {
        findings.keep_first_on_broken_lines(source);
    }
    tree
}

fn check_format(root: &DeTable<'_>, findings: &mut Findings) {
    let help = format!("write `format = {FORMAT}` as the first line");
    match root.get_key_value("format") {
        None => findings.push(
            Diagnostic::new(
                &form::FORMAT_VERSION,
                Span::default(),
                "the policy does not say in which version of the language it is written",
            )
            .help(help),
        ),
        Some((_, value)) => {
            let right = matches!(value.get_ref(), DeValue::Integer(number)
                if u64::from_str_radix(number.as_str(), number.radix()) == Ok(FORMAT));
            if !right {
                findings.push(
                    Diagnostic::new(
                        &form::FORMAT_VERSION,
                        value.span().into(),
                        "the policy is written in another version of the language",
                    )
                    .label(format!("this compiler reads version {FORMAT}"))
                    .help(help),
                );
            }
        }
    }
}

fn unknown_section(name: &toml::Spanned<std::borrow::Cow<'_, str>>, findings: &mut Findings) {
    let near = findings.suggest(name.get_ref(), SECTIONS.iter().map(|section| section.name));
    findings.push(
        Diagnostic::new(
            &form::UNKNOWN_SECTION,
            name.span().into(),
            format!("there is no section {}", quote(name.get_ref())),
        )
        .help(format!("{near}`cloister-policy schema` lists the sections")),
    );
}

fn read_section(
    section: &'static Section,
    name: &toml::Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<'_>,
    complete: bool,
    tree: &mut Tree,
    findings: &mut Findings,
) {
    let DeValue::Table(table) = value.get_ref() else {
        let wanted = match section.shape {
            Shape::One => format!("a table, `[{}]`", section.name),
            Shape::Named => format!("a table for each name, `[{}.NAME]`", section.name),
        };
        findings.push(wrong_type(section.name, value, &wanted));
        return;
    };
    let heading = Span::from(name.span());
    let entries = match section.shape {
        Shape::One => vec![Entry {
            name: Located::new(section.name.to_owned(), heading),
            fields: read_table(
                &format!("section `[{}]`", section.name),
                section.keys,
                heading,
                table,
                complete,
                findings,
            ),
        }],
        Shape::Named => table
            .iter()
            .filter_map(|(name, value)| read_entry(section, name, value, complete, findings))
            .collect(),
    };
    tree.push(section.name, entries);
}

fn read_entry(
    section: &'static Section,
    name: &toml::Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<'_>,
    complete: bool,
    findings: &mut Findings,
) -> Option<Entry> {
    let DeValue::Table(table) = value.get_ref() else {
        let wanted = format!("a table for each name, `[{}.NAME]`", section.name);
        findings.push(wrong_type(name.get_ref(), value, &wanted));
        return None;
    };
    let name = read_name(name.get_ref(), name.span().into(), findings)?;
    let owner = format!("{} `{}`", section.name, name.value);
    let fields = read_table(&owner, section.keys, name.span, table, complete, findings);
    Some(Entry { name, fields })
}
