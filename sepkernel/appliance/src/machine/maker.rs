//! A maker of TPMs: swtpm's own authority, which certifies each TPM's endorsement key.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};

use super::process::command;

/// A maker, in a directory of its own.
#[derive(Debug)]
pub struct Maker {
    directory: PathBuf,
}

impl Maker {
    /// A new maker in `directory`, which has to be there.
    ///
    /// # Errors
    /// If its settings cannot be written.
    pub fn new(directory: &Path) -> Result<Self> {
        let here = directory.display();
        let write = |name: &str, text: String| {
            let path = directory.join(name);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        write(
            "localca.conf",
            format!(
                "statedir = {here}/ca\nsigningkey = {here}/ca/signkey.pem\n\
                 issuercert = {here}/ca/issuercert.pem\ncertserial = {here}/ca/certserial\n"
            ),
        )?;
        write(
            "localca.options",
            "--platform-manufacturer Test\n--platform-version 1\n--platform-model Desk\n"
                .to_owned(),
        )?;
        write(
            "setup.conf",
            format!(
                "create_certs_tool = /usr/bin/swtpm_localca\n\
                 create_certs_tool_config = {here}/localca.conf\n\
                 create_certs_tool_options = {here}/localca.options\n"
            ),
        )?;
        fs::create_dir(directory.join("ca")).context("cannot make a directory for keys")?;
        Ok(Self { directory: directory.to_owned() })
    }

    /// Makes a TPM; returns the directory of its state.
    ///
    /// # Errors
    /// If swtpm's tools refuse; the message is what they say.
    pub fn make(&self, name: &str) -> Result<PathBuf> {
        let state = self.directory.join(name);
        fs::create_dir(&state).context("cannot make a directory for the TPM's state")?;
        let output = command("swtpm_setup")
            .args(["--tpm2", "--create-ek-cert", "--pcr-banks", "sha256", "--config"])
            .arg(self.directory.join("setup.conf"))
            .arg("--tpmstate")
            .arg(&state)
            .output()
            .context("cannot start swtpm_setup")?;
        let said = [output.stdout, output.stderr].concat();
        ensure!(
            output.status.success(),
            "swtpm_setup made no TPM: {}",
            String::from_utf8_lossy(&said)
        );
        Ok(state)
    }

    /// The certificate of the maker's root.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.directory.join("ca/swtpm-localca-rootca-cert.pem")
    }

    /// The certificate that is between root and TPMs.
    #[must_use]
    pub fn intermediate(&self) -> PathBuf {
        self.directory.join("ca/issuercert.pem")
    }
}
