//! `reference`: reference values from what an image is made of.

use std::{
    io::{Write, stderr},
    path::PathBuf,
};

use crate::{
    Reference,
    key::SecretKey,
    output_file::{self, Audience},
    reference::Sources,
};
use clap::Args;

use super::{Answer, Result};

/// Make reference values from what an image is made of
#[derive(Args, Debug)]
pub struct ReferenceArgs {
    /// The bundle's manifest
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    /// The compiled policy
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The resident kernel (ELF)
    #[arg(long, value_name = "FILE")]
    kernel: PathBuf,
    /// The EFI program; without it, evidence of the image is not affirmed
    #[arg(long, value_name = "FILE")]
    boot_program: Option<PathBuf>,
    /// The firmware has to have Secure Boot on
    #[arg(long, requires = "boot_program")]
    secure_boot: bool,
    /// The key that signs (PEM) [default: the development key, which protects nothing]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Where the signed CoRIM goes
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Where the same goes as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl ReferenceArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        let key = match &self.key {
            Some(path) => SecretKey::read(path)?,
            None => {
                let _ =
                    writeln!(stderr(), "Signing with the development key, which protects nothing.");
                SecretKey::development()
            }
        };
        let (manifest, policy) =
            (output_file::read(&self.manifest)?, output_file::read(&self.policy)?);
        let kernel = output_file::read(&self.kernel)?;
        let boot_program =
            self.boot_program.as_ref().map(|path| output_file::read(path)).transpose()?;
        let sources = Sources {
            manifest: &manifest,
            policy: &policy,
            kernel: &kernel,
            boot_program: boot_program.as_deref(),
        };
        let reference = Reference { secure_boot: self.secure_boot, ..sources.reference()? };
        output_file::write(&self.output, &reference.to_corim(&key)?, Audience::Everyone)?;
        if let Some(path) = &self.json {
            let text = format!("{:#}\n", reference.to_json()?);
            output_file::write(path, text.as_bytes(), Audience::Everyone)?;
        }
        let events = reference.events.len();
        writeln!(out, "{}: {events} events of \"{}\"", self.output.display(), reference.name)?;
        writeln!(
            out,
            "PCR {} will be {}",
            cloister_evidence::log::IMAGE_PCR,
            reference.image_pcr()?
        )?;
        writeln!(out, "The trusted screen will show {}", reference.short_code()?)?;
        Ok(Answer::Yes)
    }
}
