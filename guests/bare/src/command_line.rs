//! The words of the command line.

/// Whether `word` is on the line.
pub fn has(line: &str, word: &str) -> bool {
    line.split_ascii_whitespace().any(|other| other == word)
}

/// What stands behind `name` and an equals sign.
pub fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let mut words = line.split_ascii_whitespace();
    words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
}
