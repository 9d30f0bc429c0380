//! Enrols keys for Secure Boot in a store of OVMF's variables, by `virt-fw-vars`.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::{firmware::OVMF_VARIABLES, process::command};

/// The program that writes variable stores.
pub const VIRT_FW_VARS: &str = "virt-fw-vars";

/// Who owns the keys, as variables name it (UEFI 2.10, 32.4.1: SignatureOwner).
const OWNER: &str = "a1d9b0c6-57ce-4d43-9f0f-5b8f1c10157e";

/// The certificates of Secure Boot's keys, PEM.
#[derive(Clone, Copy, Debug)]
pub struct Certificates<'a> {
    /// Who may change the key exchange keys (PK).
    pub platform: &'a Path,
    /// Who may change which programs start (KEK).
    pub key_exchange: &'a Path,
    /// Whose programs start (db).
    pub programs: &'a Path,
}

impl<'a> Certificates<'a> {
    /// One certificate for everything.
    #[must_use]
    pub fn all(certificate: &'a Path) -> Self {
        Self { platform: certificate, key_exchange: certificate, programs: certificate }
    }

    /// Writes a store with these keys alone, so that no other maker's programs start.
    ///
    /// # Errors
    /// If `virt-fw-vars` cannot be started or refuses; the message is what it says.
    pub fn enrol(&self, output: &Path) -> Result<()> {
        let mut enrol = command(VIRT_FW_VARS);
        enrol.args(["--loglevel", "error", "--input", OVMF_VARIABLES, "--secure-boot"]);
        for (option, certificate) in [
            ("--set-pk", self.platform),
            ("--add-kek", self.key_exchange),
            ("--add-db", self.programs),
        ] {
            enrol.args([option, OWNER]).arg(certificate);
        }
        let done = enrol
            .arg("--output")
            .arg(output)
            .output()
            .with_context(|| format!("cannot start {VIRT_FW_VARS}"))?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "{VIRT_FW_VARS} failed: {}", said.trim());
        Ok(())
    }
}
