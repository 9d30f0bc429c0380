//! `what-if`: a policy's text with a change applied, keeping the rest of the text as it is.

use std::fmt;

use toml_edit::{DocumentMut, Item, Key, TableLike, Value};

/// A change of a policy's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Tables and keys of a TOML fragment take the place of those that are there, or are added.
    Merge(String),
    /// `guard.release.content.max = "8 KiB"`: a key gets a value. What is no TOML value is a text.
    Set(String),
    /// `guard.release`: a table or key goes.
    Unset(String),
}

/// Why a change cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditError {
    /// The policy is not TOML.
    Policy(String),
    /// The fragment is not TOML.
    Fragment(String),
    /// A change that is not `key = value`.
    NoValue(String),
    /// A key that is none.
    BadKey(String),
    /// A key that is inside something that is no table.
    NotATable(String),
    /// There is nothing to take away.
    Absent(String),
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(reason) => write!(f, "the policy is not TOML: {reason}"),
            Self::Fragment(reason) => write!(f, "the change is not TOML: {reason}"),
            Self::NoValue(text) => {
                write!(f, "`{text}` is no change: write key=value, such as system.strict=false")
            }
            Self::BadKey(text) => {
                write!(f, "`{text}` is no key: write one such as world.office.level")
            }
            Self::NotATable(key) => write!(f, "`{key}` has no keys of its own in this policy"),
            Self::Absent(key) => write!(f, "the policy has no `{key}` that could be taken away"),
        }
    }
}

impl std::error::Error for EditError {}

/// The text with the changes applied, in their order.
///
/// # Errors
/// When the text or a change is not TOML, or a key cannot be where it is said to be.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| EditError::Policy(message(&error)))?;
    for edit in edits {
        match edit {
            Edit::Merge(fragment) => {
                let fragment: DocumentMut = fragment
                    .parse()
                    .map_err(|error: toml_edit::TomlError| EditError::Fragment(message(&error)))?;
                merge(document.as_table_mut(), fragment.as_table());
            }
            Edit::Set(assignment) => set(&mut document, assignment)?,
            Edit::Unset(path) => unset(&mut document, path)?,
        }
    }
    Ok(document.to_string())
}

/// The reason on one line.
fn message(error: &toml_edit::TomlError) -> String {
    error.message().lines().collect::<Vec<_>>().join(", ")
}

fn merge(into: &mut dyn TableLike, from: &dyn TableLike) {
    for (key, item) in from.iter() {
        match (into.get_mut(key).and_then(Item::as_table_like_mut), item.as_table_like()) {
            (Some(into), Some(from)) => merge(into, from),
            _ => {
                into.insert(key, item.clone());
            }
        }
    }
}

fn set(document: &mut DocumentMut, assignment: &str) -> Result<(), EditError> {
    let (path, value) =
        assignment.split_once('=').ok_or_else(|| EditError::NoValue(assignment.to_owned()))?;
    let value = value.trim();
    let value = value.parse().unwrap_or_else(|_| Value::from(value));
    let (last, tables) = keys(path)?;
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for key in tables {
        let item = table.entry(&key).or_insert_with(toml_edit::table);
        table = item.as_table_like_mut().ok_or(EditError::NotATable(key))?;
    }
    table.insert(&last, Item::Value(value));
    Ok(())
}

fn unset(document: &mut DocumentMut, path: &str) -> Result<(), EditError> {
    let absent = || EditError::Absent(path.to_owned());
    let (last, tables) = keys(path)?;
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for key in tables {
        table = table.get_mut(&key).and_then(Item::as_table_like_mut).ok_or_else(absent)?;
    }
    table.remove(&last).map(|_| ()).ok_or_else(absent)
}

/// The last key of a dotted path, and those before it.
fn keys(path: &str) -> Result<(String, Vec<String>), EditError> {
    let bad = || EditError::BadKey(path.trim().to_owned());
    let mut keys: Vec<String> = Key::parse(path.trim())
        .map_err(|_| bad())?
        .iter()
        .map(|key| key.get().to_owned())
        .collect();
    Ok((keys.pop().ok_or_else(bad)?, keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "[system]\nname = \"a\" # kept\nstrict = true\n\n[world.b]\ncpus = [1]\n";

    fn applied(edits: &[Edit]) -> String {
        apply(POLICY, edits).expect("applied")
    }

    fn refused(edit: Edit) -> String {
        apply(POLICY, &[edit]).expect_err("refused").to_string()
    }

    #[test]
    fn what_is_not_changed_stays_as_it_is_written() {
        assert_eq!(applied(&[]), POLICY);
        assert_eq!(
            applied(&[Edit::Set("system.strict = false".to_owned())]),
            POLICY.replace("true", "false")
        );
    }

    #[test]
    fn a_value_that_is_no_toml_is_a_text() {
        let text = applied(&[Edit::Set("world.b.memory=256 MiB".to_owned())]);
        assert_eq!(text, format!("{POLICY}memory = \"256 MiB\"\n"));
    }

    #[test]
    fn a_fragment_is_merged_table_by_table() {
        let fragment = "[world.b]\ncpus = [2]\n[world.c]\ncpus = [3]\n".to_owned();
        assert_eq!(
            applied(&[Edit::Merge(fragment)]),
            "[system]\nname = \"a\" # kept\nstrict = true\n\n[world.b]\ncpus = [2]\n[world.c]\ncpus \
             = [3]\n"
        );
    }

    #[test]
    fn tables_and_keys_can_go() {
        let edits = [Edit::Unset("world.b".to_owned()), Edit::Unset("system.strict".to_owned())];
        assert_eq!(applied(&edits), "[system]\nname = \"a\" # kept\n");
    }

    #[test]
    fn each_change_that_cannot_be_is_refused_with_its_reason() {
        assert_eq!(
            refused(Edit::Set("system.strict".to_owned())),
            "`system.strict` is no change: write key=value, such as system.strict=false"
        );
        assert_eq!(
            refused(Edit::Set("a b=1".to_owned())),
            "`a b` is no key: write one such as world.office.level"
        );
        assert_eq!(
            refused(Edit::Set("system.name.x=1".to_owned())),
            "`name` has no keys of its own in this policy"
        );
        assert_eq!(
            refused(Edit::Unset("world.x".to_owned())),
            "the policy has no `world.x` that could be taken away"
        );
        assert!(refused(Edit::Merge("[".to_owned())).starts_with("the change is not TOML: "));
        let error = apply("[", &[]).expect_err("refused").to_string();
        assert!(error.starts_with("the policy is not TOML: "));
    }
}
