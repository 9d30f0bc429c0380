//! Names of files, as far as they may cross.

use std::fmt;
use std::path::Path;

/// Bytes of a name at most: what file systems have, less room for a number behind it.
pub const MOST_BYTES: usize = 240;

/// The name of a file in a directory: one component, nothing hidden, nothing that looks like
/// something else.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileName(String);

/// Why a name may not cross.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    Encoding,
    /// It is empty or longer than [`MOST_BYTES`].
    #[error("it is empty or longer than {MOST_BYTES} bytes")]
    Length,
    /// It begins with a dot: hidden, or a directory.
    #[error("it begins with a dot")]
    Hidden,
    /// It has a character that separates directories, controls a terminal, or changes how the rest is
    /// shown.
    #[error("it has a character that may not be in a name")]
    Character,
    /// It begins or ends with white space.
    #[error("it begins or ends with white space")]
    Space,
}

impl FileName {
    /// The name that these bytes are.
    ///
    /// # Errors
    /// [`Refused`] says what is wrong with it.
    pub fn new(bytes: &[u8]) -> Result<Self, Refused> {
        let text = std::str::from_utf8(bytes).map_err(|_| Refused::Encoding)?;
        if text.is_empty() || text.len() > MOST_BYTES {
            return Err(Refused::Length);
        }
        if text.starts_with('.') {
            return Err(Refused::Hidden);
        }
        if text.chars().any(is_unfit) {
            return Err(Refused::Character);
        }
        if text.trim() != text {
            return Err(Refused::Space);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same with a number before its last extension, for a file whose name is taken.
    #[must_use]
    pub fn numbered(&self, number: u32) -> String {
        match self.0.rsplit_once('.') {
            Some((stem, extension)) => format!("{stem} ({number}).{extension}"),
            None => format!("{} ({number})", self.0),
        }
    }
}

impl AsRef<Path> for FileName {
    fn as_ref(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Separators, control characters, and Unicode's characters without width: those that set the direction
/// of text, join or separate, or end a line (categories Zl, Zp, and the default ignorable ones of Cf).
fn is_unfit(character: char) -> bool {
    matches!(character, '/' | '\\' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
        || matches!(character, '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_leaves_the_directory_or_deceives_is_refused() {
        let long = "a".repeat(MOST_BYTES + 1);
        for (name, refused) in [
            ("", Refused::Length),
            (long.as_str(), Refused::Length),
            (".", Refused::Hidden),
            ("..", Refused::Hidden),
            (".profile", Refused::Hidden),
            ("/etc/passwd", Refused::Character),
            ("a/../b", Refused::Character),
            ("a\\b", Refused::Character),
            ("a\0b", Refused::Character),
            ("a\x1b[2Jb", Refused::Character),
            ("a\nb", Refused::Character),
            ("gpj.\u{202e}exe", Refused::Character),
            ("a\u{200b}", Refused::Character),
            (" a", Refused::Space),
            ("a ", Refused::Space),
        ] {
            assert_eq!(FileName::new(name.as_bytes()), Err(refused), "{name:?}");
        }
        assert_eq!(FileName::new(b"\xff"), Err(Refused::Encoding));
    }

    #[test]
    fn ordinary_names_pass_and_get_numbers_before_the_extension() {
        for (name, second) in [
            ("report.pdf", "report (2).pdf"),
            ("README", "README (2)"),
            ("Ärger im Büro.tar.gz", "Ärger im Büro.tar (2).gz"),
        ] {
            assert_eq!(FileName::new(name.as_bytes()).unwrap().numbered(2), second);
        }
    }

    proptest! {
        #[test]
        fn what_passes_is_one_component_of_a_path(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(name) = FileName::new(&bytes) {
                let parts: Vec<_> = Path::new(name.as_str()).components().collect();
                prop_assert!(matches!(parts.as_slice(), [std::path::Component::Normal(_)]));
                prop_assert!(FileName::new(name.numbered(9).as_bytes()).is_ok() || bytes.len() > 200);
            }
        }
    }
}
