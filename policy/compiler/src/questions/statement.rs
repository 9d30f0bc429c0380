//! What a policy states, piece by piece, so that two policies can be compared.

use crate::{
    questions::{
        rules::{self, Meaning, Rule},
        show::show,
    },
    schema::{Key, Kind, SECTIONS, Section, Shape},
    source::Span,
    tree::{Entry, Fields, Tree, Value},
};

/// What a statement is about. Ordered as the schema is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    section_position: usize,
    /// The name of the table, where a section has many; empty where it has one.
    entry: String,
    key_position: usize,
    /// The section.
    section: &'static str,
    /// The key, with dots between the keys of inner tables; empty for the table itself.
    pub key: String,
    /// Which of the rights that a list grants; empty for other keys.
    pub item: String,
}

impl About {
    /// The table, as messages call it: ``guard `release` `` or `system`.
    pub fn table(&self) -> String {
        if self.entry.is_empty() {
            format!("[{}]", self.section)
        } else {
            format!("{} `{}`", self.section, self.entry)
        }
    }

    /// Whether this is the statement that the table exists.
    pub fn is_presence(&self) -> bool {
        self.key.is_empty()
    }

    /// What tells tables apart, ordered as the schema is.
    pub fn table_identity(&self) -> (usize, &str) {
        (self.section_position, &self.entry)
    }
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What it is about.
    pub about: About,
    /// What it says, for people; equal exactly when the meaning is.
    pub says: String,
    /// How much it says, for keys of which more or less is wider.
    pub amount: Option<u128>,
    /// What it means when it changes.
    pub meaning: Meaning,
    /// Where it stands.
    pub span: Span,
}

/// All statements of a policy, in the order of the schema.
pub fn statements(tree: &Tree) -> Vec<Statement> {
    let mut collector = Collector { statements: Vec::new() };
    for (position, section) in SECTIONS.iter().enumerate() {
        for entry in tree.entries(section.name) {
            collector.table(position, section, entry);
        }
    }
    collector.statements.sort_by(|a, b| a.about.cmp(&b.about));
    collector.statements
}

struct Collector {
    statements: Vec<Statement>,
}

impl Collector {
    fn table(&mut self, section_position: usize, section: &'static Section, entry: &Entry) {
        let named = section.shape == Shape::Named;
        let about = About {
            section_position,
            entry: if named { entry.name.value.clone() } else { String::new() },
            key_position: 0,
            section: section.name,
            key: String::new(),
            item: String::new(),
        };
        self.statements.push(Statement {
            about: about.clone(),
            says: String::new(),
            amount: None,
            meaning: rules::presence(section.name),
            span: entry.name.span,
        });
        self.keys(&about, "", section.keys, Some(&entry.fields), entry.name.span);
    }

    fn keys(
        &mut self,
        table: &About,
        prefix: &str,
        keys: &[Key],
        fields: Option<&Fields>,
        span: Span,
    ) {
        for (position, key) in keys.iter().enumerate() {
            let path = format!("{prefix}{}", key.name);
            let value = fields.and_then(|fields| fields.get(key.name));
            let mut about = table.clone();
            about.key_position = table.key_position * 32 + position + 1;
            if let Kind::Table(inner) = key.kind {
                let inner_fields = match value.map(|value| &value.value) {
                    Some(Value::Table(fields)) => Some(fields),
                    _ => None,
                };
                let span = value.map_or(span, |value| value.span);
                self.keys(&about, &format!("{path}."), inner, inner_fields, span);
                continue;
            }
            let rule = rules::rule(table.section, &path);
            about.key = path;
            match value {
                Some(value) if rule.meaning == Meaning::Grants => {
                    self.grants(&about, &key.kind, value);
                }
                Some(value) if matches!(key.kind, Kind::Map { .. }) => {
                    self.map(&about, &key.kind, &value.value, rule.meaning);
                }
                Some(value) => self.statements.push(Statement {
                    about,
                    says: show(&key.kind, &value.value),
                    amount: amount(&value.value),
                    meaning: rule.meaning,
                    span: value.span,
                }),
                None => self.absent(about, rule, span),
            }
        }
    }

    /// One statement for each entry of a map.
    fn map(&mut self, about: &About, kind: &Kind, value: &Value, meaning: Meaning) {
        let (Kind::Map { value: kind, .. }, Value::Map(entries)) = (kind, value) else {
            return;
        };
        for (name, value) in entries {
            self.statements.push(Statement {
                about: About { key: format!("{}.{}", about.key, name.value), ..about.clone() },
                says: show(kind, &value.value),
                amount: None,
                meaning,
                span: value.span,
            });
        }
    }

    fn absent(&mut self, about: About, rule: Rule, span: Span) {
        if !rule.absent.is_empty() {
            self.statements.push(Statement {
                about,
                says: rule.absent.to_owned(),
                amount: rule.absent_amount,
                meaning: rule.meaning,
                span,
            });
        }
    }

    /// One statement for each thing that a list, a map or a single value grants.
    fn grants(&mut self, about: &About, kind: &Kind, value: &crate::source::Located<Value>) {
        let items: Vec<(String, Span)> = match (kind, &value.value) {
            (Kind::List(kind), Value::List(items)) => {
                items.iter().map(|item| (show(kind, &item.value), item.span)).collect()
            }
            (Kind::Map { value: kind, .. }, Value::Map(entries)) => entries
                .iter()
                .flat_map(|(name, value)| {
                    let items = match (kind, &value.value) {
                        (Kind::List(kind), Value::List(items)) => {
                            items.iter().map(|item| (show(kind, &item.value), item.span)).collect()
                        }
                        (kind, value_of_kind) => vec![(show(kind, value_of_kind), value.span)],
                    };
                    let said = |(item, span)| (format!("{} {item}", name.value), span);
                    items.into_iter().map(said).collect::<Vec<_>>()
                })
                .collect(),
            (kind, other) => vec![(show(kind, other), value.span)],
        };
        for (item, span) in items {
            let about = About { item: item.clone(), ..about.clone() };
            let meaning = Meaning::Grants;
            self.statements.push(Statement { about, says: item, amount: None, meaning, span });
        }
    }
}

/// How much a value is, for values that can be more or less.
fn amount(value: &Value) -> Option<u128> {
    match value {
        Value::Flag(flag) => Some(u128::from(*flag)),
        Value::Number(number) => Some(u128::from(*number)),
        // Transfers in the longest period that a rate can have, so that all compare.
        Value::Rate(rate) => {
            Some(u128::from(rate.count) * 1_000_000_000_000_000_000 / u128::from(rate.per.max(1)))
        }
        _ => None,
    }
}
