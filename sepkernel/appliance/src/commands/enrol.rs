//! `cloister enrol`: a variable store for virtual machines that start signed appliances only.

use std::path::PathBuf;

use anyhow::Result;
use cloister_authenticode::Signer;

use crate::{
    doctor::{self, requirement::Purpose},
    machine::enrolment::Certificates,
    workspace,
};

/// Writes UEFI variables for a virtual machine (OVMF), with keys enrolled for Secure Boot
///
/// The machine then starts programs of these keys and no others. `docs/secure-boot.md` tells how
/// the same is done on hardware.
#[derive(Clone, Debug, clap::Args)]
pub struct Enrol {
    /// Certificate of whoever signs boot programs (db), X.509 in PEM form [default: that of the
    /// development key, which protects nothing]
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Certificate of the key exchange key (KEK) [default: as --certificate]
    #[arg(long, value_name = "FILE")]
    key_exchange: Option<PathBuf>,
    /// Certificate of the platform key (PK) [default: as --key-exchange]
    #[arg(long, value_name = "FILE")]
    platform: Option<PathBuf>,
    /// Where the variable store goes
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Enrol {
    /// Writes the variable store.
    ///
    /// # Errors
    /// If something is missing on this machine, or a certificate cannot be enrolled.
    pub fn run(self) -> Result<()> {
        doctor::ensure(&[Purpose::Uefi, Purpose::SecureBoot])?;
        let directory = tempfile::tempdir()?;
        let development = directory.path().join("development.pem");
        std::fs::write(&development, Signer::development_certificate())?;
        if self.certificate.is_none() {
            eprintln!("The development key is enrolled, which protects nothing.");
        }
        let programs = self.certificate.as_ref().unwrap_or(&development);
        let key_exchange = self.key_exchange.as_ref().unwrap_or(programs);
        let platform = self.platform.as_ref().unwrap_or(key_exchange);
        Certificates { platform, key_exchange, programs }.enrol(&self.output)?;
        println!("Variables  {}", workspace::shown(&self.output));
        Ok(())
    }
}
