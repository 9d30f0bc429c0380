//! Signs the boot program for Secure Boot (UEFI 2.10, section 32).

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cloister_authenticode::Signer;

/// The builder's key and its certificate, as files in PEM form.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// The RSA key, PKCS #8.
    pub key: PathBuf,
    /// The certificate that machines have enrolled.
    pub certificate: PathBuf,
}

/// A boot program that firmware with the builder's certificate starts.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The EFI program with its signature.
    pub program: Vec<u8>,
    /// Who signed it, for people.
    pub by: String,
    /// The certificate, in PEM form.
    pub certificate: String,
}

/// Signs with the builder's key, or, where there is none, with the development key, and says so.
///
/// # Errors
/// If key or certificate cannot be used, or do not belong together.
pub fn sign(program: &[u8], keys: Option<&KeyPair>) -> Result<Signed> {
    let (signer, certificate) = match keys {
        Some(KeyPair { key, certificate }) => {
            let text = std::fs::read_to_string(certificate)
                .with_context(|| format!("cannot read {}", certificate.display()))?;
            (Signer::read(key, certificate)?, text)
        }
        None => (Signer::development()?, Signer::development_certificate().to_owned()),
    };
    if signer.is_development() {
        eprintln!("The boot program is signed with the development key, which protects nothing.");
    }
    let program = cloister_authenticode::sign(program, &signer)?;
    Ok(Signed { program, by: signer.name(), certificate })
}

impl Signed {
    /// Leaves program and certificate in `output`; returns where the certificate is.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write(&self, output: &Path) -> Result<PathBuf> {
        let put = |name: &str, bytes: &[u8]| {
            let path = output.join(name);
            super::write_whole(&path, |file| Ok(std::io::Write::write_all(file, bytes)?))?;
            Ok(path)
        };
        put("BOOTX64.EFI", &self.program)?;
        put("secure-boot.pem", self.certificate.as_bytes())
    }
}
