//! The steps from a policy and the sources to what a machine boots from.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use cloister_bundle::Role;
use cloister_policy_format::{PolicyView, World};

use super::{
    bare::{self, Programs},
    bundle::Bundle,
    contents, disk, iso,
    signing::{self, KeyPair, Signed},
};
use crate::{
    machine::{BootMedia, options::Firmware},
    progress::Step,
    workspace,
};

/// What to build.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The policy file.
    pub policy: PathBuf,
    /// Directory with the guest images that the policy names, instead of those made from Debian's
    /// packages.
    pub images: Option<PathBuf>,
    /// The officers' signatures of the policy, instead of those of the development keys.
    pub signature: Option<PathBuf>,
    /// The officers, instead of the owners of the development keys.
    pub anchors: Option<PathBuf>,
    /// The key that the boot program is signed with for Secure Boot, instead of the development key.
    pub secure_boot: Option<KeyPair>,
    /// The failure that the boot program is to show instead of booting.
    pub self_test: Option<String>,
}

/// What a policy says of what can be seen from outside.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outside {
    /// Whether there is a network outside that a component drives.
    pub network: bool,
    /// The TCP port on which the attester answers there, if it does.
    pub attester: Option<u16>,
    /// The worlds that say when they are done: those with `cloister.task` on their command line.
    pub tasks: Vec<String>,
}

/// An appliance of which every part is there.
#[derive(Debug)]
pub struct Appliance {
    /// The boot program and the kernel.
    pub programs: Programs,
    /// The boot program as Secure Boot wants it.
    pub signed: Signed,
    /// Where its certificate is.
    pub certificate: PathBuf,
    /// Everything else.
    pub bundle: Bundle,
}

impl Appliance {
    /// Builds every part, and leaves the programs in `output`.
    ///
    /// # Errors
    /// Whatever is wrong with the policy, the images or the sources, as the message says.
    pub fn build(request: &Request, output: &Path) -> Result<Self> {
        let sources = contents::of(request)?;
        let programs = bare::build(&workspace::root(), output, request.self_test.as_deref())?;
        let signed = signing::sign(&programs.efi, request.secure_boot.as_ref())?;
        let certificate = signed.write(output)?;
        let bundle = Bundle::new(sources)?;
        bundle.write_measured(output)?;
        Ok(Self { programs, signed, certificate, bundle })
    }

    /// What its policy says of what can be seen from outside.
    ///
    /// # Errors
    /// If the policy cannot be read.
    pub fn outside(&self) -> Result<Outside> {
        let mut bytes = Vec::new();
        let policy = self.bundle.files.iter().find(|file| file.role == Role::Policy);
        let step = Step::spinner("Reading the policy");
        policy.context("the bundle has no policy")?.copy(&mut bytes, &step)?;
        let policy = PolicyView::decode(&bytes).map_err(|error| anyhow!("the policy: {error}"))?;
        let has_task = |world: &World<'_>| {
            let image = policy.images().get(world.image.position());
            let line = image.map_or("", |image| image.command_line);
            world.autostart && line.split(' ').any(|word| word == "cloister.task")
        };
        let worlds = policy.worlds().iter();
        Ok(Outside {
            network: policy.networks().iter().any(|network| network.driver.is_some()),
            attester: policy
                .attestation()
                .and_then(|attester| attester.network.map(|_| attester.port)),
            tasks: worlds.filter(has_task).map(|world| world.name.to_owned()).collect(),
        })
    }

    /// Writes what a machine with `firmware` boots from into `output`.
    ///
    /// # Errors
    /// If a file cannot be written, or the BIOS image not be made.
    pub fn write(&self, firmware: Firmware, output: &Path) -> Result<BootMedia> {
        let archive = output.join("bundle.bin");
        Ok(match firmware {
            Firmware::Uefi => {
                let image = output.join("cloister.img");
                disk::write(&image, &self.signed.program, &self.bundle)?;
                BootMedia::Disk(image)
            }
            Firmware::Bios => {
                self.bundle.write_archive(&archive)?;
                let image = output.join("cloister.iso");
                iso::write(&image, &self.programs.boot, &archive)?;
                BootMedia::Iso(image)
            }
            Firmware::Pvh => {
                self.bundle.write_archive(&archive)?;
                let boot_program = self.programs.boot.clone();
                BootMedia::Memory { boot_program, bundle: archive }
            }
        })
    }
}

/// Where the parts and images of runs go.
#[must_use]
pub fn output_directory(self_test: Option<&str>) -> PathBuf {
    match self_test {
        None => workspace::output(),
        Some(name) => workspace::output().join(format!("self-test-{name}")),
    }
}
