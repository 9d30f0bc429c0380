//! TPMs with certificates of a maker: swtpm's own authority.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use cloister::doctor::{self, requirement::Purpose};
use tempfile::TempDir;

/// A maker of TPMs.
pub struct Maker {
    directory: TempDir,
}

impl Maker {
    pub fn new() -> Self {
        doctor::ensure(&[Purpose::Tpm, Purpose::Attestation]).expect("swtpm_setup");
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let here = path.display();
        let write = |name: &str, text: String| fs::write(path.join(name), text).unwrap();
        write(
            "localca.conf",
            format!(
                "statedir = {here}/ca\nsigningkey = {here}/ca/signkey.pem\n\
                 issuercert = {here}/ca/issuercert.pem\ncertserial = {here}/ca/certserial\n"
            ),
        );
        write(
            "localca.options",
            "--platform-manufacturer Test\n--platform-version 1\n--platform-model Desk\n"
                .to_owned(),
        );
        write(
            "setup.conf",
            format!(
                "create_certs_tool = /usr/bin/swtpm_localca\n\
                 create_certs_tool_config = {here}/localca.conf\n\
                 create_certs_tool_options = {here}/localca.options\n"
            ),
        );
        fs::create_dir(path.join("ca")).unwrap();
        Self { directory }
    }

    /// Makes a TPM; returns the directory of its state.
    pub fn make(&self, name: &str) -> PathBuf {
        let state = self.directory.path().join(name);
        fs::create_dir(&state).unwrap();
        let output = Command::new("swtpm_setup")
            .args(["--tpm2", "--create-ek-cert", "--pcr-banks", "sha256", "--config"])
            .arg(self.directory.path().join("setup.conf"))
            .arg("--tpmstate")
            .arg(&state)
            .output()
            .expect("swtpm_setup starts");
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
        state
    }

    /// The certificate of the maker's root.
    pub fn root(&self) -> PathBuf {
        self.directory.path().join("ca/swtpm-localca-rootca-cert.pem")
    }

    /// The certificate that is between root and TPMs.
    pub fn intermediate(&self) -> PathBuf {
        self.directory.path().join("ca/issuercert.pem")
    }

    /// A place for other files.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}
