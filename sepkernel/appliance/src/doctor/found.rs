//! What a look for a program or file on this machine shows.

use std::{
    fmt,
    path::Path,
    process::{Command, Stdio},
};

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// It is there; version or place.
    Usable(String),
    /// It is there, but older than needed.
    TooOld {
        /// The version that is there.
        version: String,
        /// The oldest that will do.
        minimum: &'static str,
    },
    /// It is not there.
    Missing,
}

impl Found {
    /// Whether it will do.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        matches!(self, Self::Usable(_))
    }

    /// Looks for a program and asks for its version: the first number with a dot in what it
    /// prints.
    #[must_use]
    pub fn program(name: &str, arguments: &[&str]) -> Self {
        match Command::new(name).args(arguments).stdin(Stdio::null()).output() {
            Err(_) => Self::Missing,
            Ok(output) => {
                let said = [output.stdout, output.stderr].concat();
                let version = version_in(&String::from_utf8_lossy(&said));
                Self::Usable(version.unwrap_or_else(|| "there".to_owned()))
            }
        }
    }

    /// As [`Found::program`], with the oldest version that will do.
    #[must_use]
    pub fn program_since(name: &str, minimum: &'static str) -> Self {
        match Self::program(name, &["--version"]) {
            Self::Usable(version) if numbers(&version) < numbers(minimum) => {
                Self::TooOld { version, minimum }
            }
            found => found,
        }
    }

    /// Looks for a file.
    #[must_use]
    pub fn file(path: &str) -> Self {
        if Path::new(path).exists() { Self::Usable(path.to_owned()) } else { Self::Missing }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usable(what) => f.pad(what),
            Self::TooOld { version, minimum } => {
                f.pad(&format!("{version}, at least {minimum} is needed"))
            }
            Self::Missing => f.pad("missing"),
        }
    }
}

fn version_in(text: &str) -> Option<String> {
    text.split(|other: char| !other.is_ascii_digit() && other != '.')
        .map(|word| word.trim_matches('.'))
        .find(|word| word.contains('.'))
        .map(str::to_owned)
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        let printed = "QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2+deb13u1~bpo12+1)";
        assert_eq!(version_in(printed).unwrap(), "10.0.2");
        assert_eq!(version_in("grub-mkrescue (GRUB) 2.06-13+deb12u2").unwrap(), "2.06");
        assert_eq!(version_in("no version."), None);
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(numbers("10.0.2") > numbers("8.2"));
        assert!(numbers("8.2") >= numbers("8.2"));
        assert!(numbers("7.2.17") < numbers("8.2"));
    }

    #[test]
    fn a_program_that_is_not_there_is_missing() {
        assert_eq!(Found::program("no-such-program-here", &[]), Found::Missing);
        assert_eq!(Found::file("/no/such/file"), Found::Missing);
    }
}
