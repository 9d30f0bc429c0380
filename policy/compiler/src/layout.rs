//! The order of a policy's text: white space, and alignment of `=`, with every comment kept.

use toml_edit::{DocumentMut, Item, RawString, Table, TomlError, Value};

/// The text in order. Doing it twice changes nothing more.
///
/// # Errors
/// When the text is not TOML.
pub fn format(text: &str) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.replace("\r\n", "\n").parse()?;
    table(document.as_table_mut(), true);
    let trailing = comments(document.trailing());
    document.set_trailing(trailing);
    let text = document.to_string();
    let trimmed = text.trim();
    Ok(if trimmed.is_empty() { String::new() } else { format!("{trimmed}\n") })
}

/// A piece of white space with its comments, each on a line, and at most one blank line at a time.
fn comments(raw: &RawString) -> String {
    let mut kept = String::new();
    let mut blank = false;
    for line in raw.as_str().unwrap_or_default().lines() {
        let line = line.trim();
        if line.is_empty() {
            blank = true;
            continue;
        }
        if blank {
            kept.push('\n');
        }
        blank = false;
        kept.push_str(line);
        kept.push('\n');
    }
    if blank {
        kept.push('\n');
    }
    kept
}

fn table(table: &mut Table, root: bool) {
    if !root {
        // A comment right after the last value belongs there; else a table stands apart.
        let before = comments(&prefix(table.decor().prefix()));
        table.decor_mut().set_prefix(if before.is_empty() { "\n".to_owned() } else { before });
        let after = after_value(table.decor().suffix());
        table.decor_mut().set_suffix(after);
    }
    let widest = aligned(table);
    for (mut key, item) in table.iter_mut() {
        match item {
            Item::Value(value) => {
                let before = comments(&prefix(key.leaf_decor().prefix()));
                let width = key.display_repr().chars().count();
                let dotted = value.is_inline_table()
                    && value.as_inline_table().is_some_and(|it| it.is_dotted());
                if !dotted {
                    key.leaf_decor_mut().set_prefix(before);
                    let pad = widest.saturating_sub(width);
                    key.leaf_decor_mut().set_suffix(" ".repeat(pad + 1));
                    self::value(value);
                }
            }
            Item::Table(inner) if !inner.is_dotted() => self::table(inner, false),
            Item::ArrayOfTables(tables) => {
                for inner in tables.iter_mut() {
                    self::table(inner, false);
                }
            }
            Item::Table(_) | Item::None => {}
        }
    }
}

/// The width of the longest key whose value stands on its line.
fn aligned(table: &Table) -> usize {
    let plain = table.iter().filter(|(_, item)| item.is_value());
    plain
        .filter_map(|(key, _)| table.key(key))
        .map(|key| key.display_repr().chars().count())
        .max()
        .unwrap_or(0)
}

fn prefix(raw: Option<&RawString>) -> RawString {
    raw.cloned().unwrap_or_default()
}

/// A comment that follows on the same line, two spaces apart.
fn after_value(raw: Option<&RawString>) -> String {
    let text = raw.and_then(RawString::as_str).unwrap_or_default().trim();
    if text.is_empty() { String::new() } else { format!("  {text}") }
}

fn value(value: &mut Value) {
    let after = after_value(value.decor().suffix());
    value.decor_mut().set_prefix(" ");
    value.decor_mut().set_suffix(after);
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIDY: &str = "# top\nformat=1\n\n\n\n[system]   # here\n\nname   =    \"x\"   # why\n# about\nversion=2\n\n\n# world\n[world.a]\nlevel='u'\ncpus = [\n  0, # first\n  1,\n]\n# end\n";

    #[test]
    fn comments_stay_and_white_space_is_in_order() {
        let ordered = format(UNTIDY).unwrap();
        assert_eq!(
            ordered,
            "# top\nformat = 1\n\n[system]  # here\n\nname    = \"x\"  # why\n# about\nversion = 2\n\n# world\n[world.a]\nlevel = 'u'\ncpus  = [\n  0, # first\n  1,\n]\n# end\n"
        );
    }

    #[test]
    fn order_is_kept_when_done_twice_and_means_the_same() {
        let once = format(UNTIDY).unwrap();
        assert_eq!(format(&once).unwrap(), once);
        let parse = |text: &str| text.parse::<toml::Table>().unwrap();
        assert_eq!(parse(UNTIDY), parse(&once));
    }
}
