//! What reference values are made from: the files that an image is made of.

use cloister_bundle::{Digest, Manifest, Role};
use cloister_evidence::Switches;
use cloister_policy_format::{Flags, PolicyView};

use super::{Expected, Kind, Reference};
use crate::AttestError;

/// The contents of the files that an image is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The bundle's manifest.
    pub manifest: &'a [u8],
    /// The compiled policy.
    pub policy: &'a [u8],
    /// The resident kernel's ELF file, as the boot program carries it.
    pub kernel: &'a [u8],
    /// The EFI program; none if firmware does not measure it.
    pub boot_program: Option<&'a [u8]>,
}

fn refused(reason: impl std::fmt::Display) -> AttestError {
    AttestError::Reference(reason.to_string())
}

impl Sources<'_> {
    /// The reference values.
    ///
    /// # Errors
    /// [`AttestError::Reference`] if the files do not fit together.
    pub fn reference(&self) -> Result<Reference, AttestError> {
        let manifest = Manifest::parse(self.manifest).map_err(refused)?;
        let policy = PolicyView::decode(self.policy).map_err(refused)?;
        let the = |role: Role| {
            manifest
                .the(role)
                .ok_or_else(|| refused(format!("the manifest does not name one {role}")))
        };
        if the(Role::Policy)?.sha256 != Digest::of(self.policy) {
            return Err(refused("the policy is not the one that the manifest names"));
        }
        let system = policy.system();
        let switches = Switches {
            debug: system.flags.contains(Flags::DEBUG),
            unsafe_dma: system.flags.contains(Flags::UNSAFE_DMA),
        };
        let mut events = Vec::new();
        let mut expect = |kind, sha256| events.push(Expected { kind, sha256 });
        expect(Kind::Kernel, Digest::of(self.kernel));
        expect(Kind::TrustAnchors, the(Role::TrustAnchors)?.sha256);
        expect(Kind::Manifest, Digest::of(self.manifest));
        let version = system.version;
        expect(Kind::Policy { version, switches }, Digest::of(self.policy));
        expect(Kind::PolicySignature, the(Role::PolicySignature)?.sha256);
        for file in manifest.files() {
            match file.role {
                Role::Component => expect(Kind::Component(file.name.to_owned()), file.sha256),
                Role::GuestImage => expect(Kind::GuestImage(file.name.to_owned()), file.sha256),
                Role::TrustAnchors | Role::Policy | Role::PolicySignature => {}
            }
        }
        let images: Vec<_> = policy.images().iter().collect();
        for world in policy.worlds().iter() {
            let image = images
                .get(usize::try_from(world.image.0).unwrap_or(usize::MAX))
                .ok_or_else(|| refused("a world of the policy has no image"))?;
            let digest = Digest::of(image.command_line.as_bytes());
            expect(Kind::CommandLine(world.name.to_owned()), digest);
        }
        let boot_program =
            self.boot_program.map(cloister_authenticode::digest).transpose().map_err(refused)?;
        let reference =
            Reference { name: system.name.to_owned(), boot_program, secure_boot: false, events };
        // What cannot be predicted is not a reference.
        reference.image_pcr()?;
        Ok(reference)
    }
}
