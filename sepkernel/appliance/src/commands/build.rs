//! `cloister build`: one disk image from a policy.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    build::{
        appliance::{Appliance, Request, output_directory},
        bundle::Bundle,
        disk,
        signing::KeyPair,
    },
    doctor::{self, requirement::Purpose},
    progress, workspace,
};

/// What goes into an appliance.
#[derive(Clone, Debug, clap::Args)]
pub struct Inputs {
    /// Directory with the guest images that the policy names [default: made from Debian's
    /// packages]
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// The officers' signatures of the policy [default: signed with the development keys, which
    /// protect nothing]
    #[arg(long, value_name = "FILE", requires = "anchors")]
    signature: Option<PathBuf>,
    /// The officers who may sign policies for this appliance [default: the development keys]
    #[arg(long, value_name = "FILE", requires = "signature")]
    anchors: Option<PathBuf>,
    /// The key that the boot program is signed with for Secure Boot: RSA, PKCS #8, PEM [default: the
    /// development key, which protects nothing]
    #[arg(long, value_name = "FILE", requires = "secure_boot_certificate")]
    secure_boot_key: Option<PathBuf>,
    /// The certificate of that key (X.509, PEM)
    #[arg(long, value_name = "FILE", requires = "secure_boot_key")]
    secure_boot_certificate: Option<PathBuf>,
    /// Build a boot program that fails in this way, to see how failures are reported
    #[arg(long, value_name = "NAME", hide = true)]
    self_test: Option<String>,
}

impl Inputs {
    /// What to build for `policy`.
    #[must_use]
    pub fn request(self, policy: Option<PathBuf>) -> Request {
        Request {
            policy: policy.unwrap_or_else(workspace::default_policy),
            images: self.images,
            signature: self.signature,
            anchors: self.anchors,
            secure_boot: self
                .secure_boot_key
                .zip(self.secure_boot_certificate)
                .map(|(key, certificate)| KeyPair { key, certificate }),
            self_test: self.self_test,
        }
    }
}

/// Builds a bootable disk image
#[derive(Clone, Debug, clap::Args)]
pub struct Build {
    /// The policy file
    policy: PathBuf,
    /// Where the image goes
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    inputs: Inputs,
}

impl Build {
    /// Builds the image and says what is in it.
    ///
    /// # Errors
    /// If something is missing on this machine, or wrong with the policy, the images or the
    /// sources.
    pub fn run(self) -> Result<()> {
        doctor::ensure(&[Purpose::Build])?;
        let request = self.inputs.request(Some(self.policy));
        let parts = output_directory(request.self_test.as_deref());
        let appliance = Appliance::build(&request, &parts)?;
        print_contents(&appliance.bundle);
        println!("The boot program is signed by {}", appliance.signed.by);
        let size = disk::write(&self.output, &appliance.signed.program, &appliance.bundle)?;
        println!(
            "\n{}  {}  SHA-256 {}",
            workspace::shown(&self.output),
            progress::size(size),
            disk::digest(&self.output)?
        );
        Ok(())
    }
}

/// Prints what is in a bundle.
pub fn print_contents(bundle: &Bundle) {
    let width = bundle.files.iter().map(|file| file.name.len()).max().unwrap_or(0).max(4);
    println!("{:16}  {:width$}  {:>10}  SHA-256", "Role", "Name", "Size");
    for file in &bundle.files {
        let size = progress::size(file.size);
        println!("{:16}  {:width$}  {size:>10}  {}", file.role, file.name, file.sha256);
    }
}
