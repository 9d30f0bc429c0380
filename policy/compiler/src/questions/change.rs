//! How two policies differ in what they state, and whether that is wider or narrower.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    rules::Meaning,
    statement::{About, Statement},
};
use crate::source::Span;

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Someone may do more, or something is another than what was looked at.
    Wider,
    /// Someone may do less.
    Narrower,
    /// Neither: resources, names and looks.
    Neither,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which way it goes.
    pub direction: Direction,
    /// What changed, in words.
    pub text: String,
    /// Where the new policy says so; `None` when it says so by saying nothing.
    pub span: Option<Span>,
}

/// The statements of one table: that it exists, then its keys.
type Table<'a> = Vec<&'a Statement>;

/// The changes from one policy's statements to another's, in the order of the schema.
pub fn changes(old: &[Statement], new: &[Statement]) -> Vec<Change> {
    let (before, after) = (tables(old), tables(new));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .flat_map(|name| match (before.get(name), after.get(name)) {
            (Some(old), Some(new)) => keys(old, new),
            (None, Some(new)) => presence(new, true).into_iter().collect(),
            (Some(old), None) => presence(old, false).into_iter().collect(),
            (None, None) => Vec::new(),
        })
        .collect()
}

fn tables(statements: &[Statement]) -> BTreeMap<(usize, &str), Table<'_>> {
    let mut tables: BTreeMap<_, Table<'_>> = BTreeMap::new();
    for statement in statements {
        tables.entry(statement.about.table_identity()).or_default().push(statement);
    }
    tables
}

/// The changes within a table that both policies have.
fn keys(old: &Table<'_>, new: &Table<'_>) -> Vec<Change> {
    let index = |table: &Table<'_>| -> BTreeMap<About, Statement> {
        table.iter().map(|one| (one.about.clone(), (*one).clone())).collect()
    };
    let (before, after) = (index(old), index(new));
    let all: BTreeSet<&About> = before.keys().chain(after.keys()).collect();
    all.into_iter().filter_map(|about| change(before.get(about), after.get(about))).collect()
}

/// A table that is there in one policy only, in one line with what it says.
fn presence(table: &Table<'_>, is_new: bool) -> Option<Change> {
    let statement = table.first()?;
    let direction = match statement.meaning {
        Meaning::Identity => Direction::Wider,
        Meaning::Grants if is_new => Direction::Wider,
        Meaning::Grants => Direction::Narrower,
        _ => Direction::Neither,
    };
    let word = if is_new { "is new" } else { "is gone" };
    let text = format!("{} {word}{}", statement.about.table(), summary(table));
    Some(Change { direction, text, span: is_new.then_some(statement.span) })
}

/// What a table says that is more than a resource or a note: `: from internet, to office`.
fn summary(table: &Table<'_>) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut last_key = "";
    for statement in table.iter().filter(|statement| !statement.about.is_presence()) {
        if matches!(statement.meaning, Meaning::Resource | Meaning::Note) {
            continue;
        }
        let key = &statement.about.key;
        match said.last_mut() {
            Some(list) if key == last_key => {
                list.push_str(" and ");
                list.push_str(&statement.says);
            }
            _ => said.push(format!("{key} {}", statement.says)),
        }
        last_key = key;
    }
    if said.is_empty() { String::new() } else { format!(": {}", said.join(", ")) }
}

/// A key that both tables could have.
fn change(before: Option<&Statement>, after: Option<&Statement>) -> Option<Change> {
    let statement = after.or(before)?;
    let (table, key) = (statement.about.table(), &statement.about.key);
    let span = after.map(|after| after.span);
    if statement.meaning == Meaning::Grants {
        let (direction, word) = match (before, after) {
            (None, Some(_)) => (Direction::Wider, "now has"),
            (Some(_), None) => (Direction::Narrower, "no longer has"),
            _ => return None,
        };
        let text = format!("{table} {word} `{key}` {}", statement.says);
        return Some(Change { direction, text, span });
    }
    let says = |statement: Option<&Statement>| {
        statement.map_or("nothing".to_owned(), |statement| statement.says.clone())
    };
    let (old, new) = (says(before), says(after));
    if old == new {
        return None;
    }
    let amounts = before.and_then(|before| before.amount).zip(after.and_then(|after| after.amount));
    let direction = match (statement.meaning, amounts) {
        (Meaning::Resource | Meaning::Note, _) => Direction::Neither,
        (Meaning::More, Some((old, new))) if new < old => Direction::Narrower,
        (Meaning::Less, Some((old, new))) if new > old => Direction::Narrower,
        _ => Direction::Wider,
    };
    Some(Change { direction, text: format!("{table}: `{key}` was {old}, is {new}"), span })
}
