//! The passphrase that opens a secret key file, and where it comes from.

use std::{env, path::PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::{SigningError, output_file};

/// The least number of characters of a new passphrase.
pub const MINIMUM: usize = 12;

/// The environment variable for scripts that cannot give a file.
const VARIABLE: &str = "CLOISTER_PASSPHRASE";

/// A passphrase, wiped from memory when dropped.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// A passphrase from this text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The bytes that the key is stretched from.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Refuses what is too short for a new key.
    fn long_enough(self) -> Result<Self, SigningError> {
        match self.0.chars().count() {
            length if length < MINIMUM => Err(SigningError::ShortPassphrase(length)),
            _ => Ok(self),
        }
    }
}

/// Where the passphrase comes from: a file, the environment, or the person at the terminal.
#[derive(Args, Clone, Debug, Default)]
pub struct PassphraseArgs {
    /// Read the passphrase from this file (its first line) instead of the terminal; the variable
    /// CLOISTER_PASSPHRASE does the same for scripts
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// The passphrase of an existing key.
    ///
    /// # Errors
    /// When the file cannot be read or nobody can be asked.
    pub fn existing(&self, name: &str) -> Result<Passphrase, SigningError> {
        match self.given()? {
            Some(passphrase) => Ok(passphrase),
            None => ask(&format!("Passphrase of {name}: ")),
        }
    }

    /// The passphrase of a new key, asked for twice.
    ///
    /// # Errors
    /// When the file cannot be read, nobody can be asked, the two entries differ, or it is short.
    pub fn new_passphrase(&self, name: &str) -> Result<Passphrase, SigningError> {
        if let Some(passphrase) = self.given()? {
            return passphrase.long_enough();
        }
        let first = ask(&format!("New passphrase for {name}: "))?.long_enough()?;
        let second = ask("Once more: ")?;
        if first.bytes() != second.bytes() {
            return Err(SigningError::PassphrasesDiffer);
        }
        Ok(first)
    }

    /// The passphrase that needs nobody to be asked.
    fn given(&self) -> Result<Option<Passphrase>, SigningError> {
        let Some(path) = &self.passphrase_file else {
            return Ok(env::var(VARIABLE).ok().map(Passphrase::new));
        };
        let bytes = Zeroizing::new(output_file::read(path)?);
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = str::from_utf8(line).map_err(|error| SigningError::Read {
            path: path.clone(),
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, error),
        })?;
        Ok(Some(Passphrase::new(text.to_owned())))
    }
}

/// Asks at the terminal, without echo.
fn ask(prompt: &str) -> Result<Passphrase, SigningError> {
    rpassword::prompt_password(prompt).map(Passphrase::new).map_err(SigningError::NoTerminal)
}
