//! `keygen`: a new officer's key.

use std::{io::Write, path::PathBuf};

use clap::Args;

use crate::signing::{
    KeyFile, PassphraseArgs, SecretKey, SigningError, Stretching,
    output_file::{self, Audience, Existing},
};

/// Makes a key for an officer and keeps it sealed under a passphrase
#[derive(Args, Clone, Debug)]
pub struct KeygenArgs {
    /// The officer's name, as policies will call it
    pub name: String,
    /// Where the sealed secret key goes; `<NAME>.key` if absent
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where the passphrase comes from.
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

impl KeygenArgs {
    /// Makes the key, and writes the line for the policy's list of officers to `out`.
    ///
    /// # Errors
    /// When the file exists or cannot be written, the name or the passphrase will not do.
    pub fn run(&self, out: &mut dyn Write) -> Result<(), SigningError> {
        self.run_with(Stretching::RECOMMENDED, out)
    }

    /// As [`Self::run`], with passphrases stretched as given; tests have no time for the
    /// recommendation.
    pub(super) fn run_with(
        &self,
        stretching: Stretching,
        out: &mut dyn Write,
    ) -> Result<(), SigningError> {
        let path = self.output.clone().unwrap_or_else(|| format!("{}.key", self.name).into());
        output_file::must_not_exist(&path)?;
        let passphrase = self.passphrase.new_passphrase(&self.name)?;
        let secret = SecretKey::generate()?;
        let file = KeyFile::seal(&self.name, &secret, &passphrase, stretching)?;
        output_file::write(&path, file.to_text().as_bytes(), Audience::Owner, Existing::Keep)?;
        writeln!(out, "The secret key of {} is in {}.", self.name, path.display())?;
        writeln!(out, "For the policy, under [officers] in `keys`:")?;
        writeln!(out, "{} = \"{}\"", self.name, secret.public())?;
        Ok(())
    }
}
