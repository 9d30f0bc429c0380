//! Reference values: what the boot log of an image has to say, event by event.
//!
//! They are made from what an image is made of, never from a machine that has booted it. Signed they
//! are a CoRIM; as JSON they are for people and other programs, and not accepted by appraisals.

mod corim_form;
mod json;
mod sources;

pub use sources::Sources;

use cloister_bundle::Digest;
use cloister_evidence::{Event, Measurer, Record, ShortCode, Switches};
use sha2::{Digest as _, Sha256};

use crate::{
    AttestError,
    key::{PublicKey, SecretKey},
};

/// What an image has to measure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The policy's name.
    pub name: String,
    /// Digest of the boot program as firmware measures it; none for images that no firmware
    /// measures, as those for a BIOS.
    pub boot_program: Option<Digest>,
    /// Whether the machine's firmware has to have Secure Boot on.
    pub secure_boot: bool,
    /// The events of the image, in order.
    pub events: Vec<Expected>,
}

/// An event that has to come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// Its kind and name.
    pub kind: Kind,
    /// The digest of what is measured.
    pub sha256: Digest,
}

/// Kinds of events of an image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The resident kernel.
    Kernel,
    /// The officers' record.
    TrustAnchors,
    /// The manifest.
    Manifest,
    /// The policy, with its version and switches.
    Policy {
        /// Its version.
        version: u64,
        /// Its switches.
        switches: Switches,
    },
    /// The officers' signatures.
    PolicySignature,
    /// A component's file.
    Component(String),
    /// A world's file.
    GuestImage(String),
    /// A world's command line.
    CommandLine(String),
}

impl Expected {
    /// The event.
    #[must_use]
    pub fn event(&self) -> Event<'_> {
        let sha256 = self.sha256;
        match &self.kind {
            Kind::Kernel => Event::Kernel(sha256),
            Kind::TrustAnchors => Event::TrustAnchors(sha256),
            Kind::Manifest => Event::Manifest(sha256),
            Kind::Policy { version, switches } => {
                Event::Policy { sha256, version: *version, switches: *switches }
            }
            Kind::PolicySignature => Event::PolicySignature(sha256),
            Kind::Component(name) => Event::Component { name, sha256 },
            Kind::GuestImage(name) => Event::GuestImage { name, sha256 },
            Kind::CommandLine(subject) => Event::CommandLine { subject, sha256 },
        }
    }
}

impl Reference {
    /// The policy, as the events have it.
    #[must_use]
    pub fn policy(&self) -> Option<(u64, Switches, Digest)> {
        self.events.iter().find_map(|expected| match expected.kind {
            Kind::Policy { version, switches } => Some((version, switches, expected.sha256)),
            _ => None,
        })
    }

    /// What the image's PCR holds after a boot of the image. Every event is extended as the digest
    /// of its encoding.
    ///
    /// # Errors
    /// [`AttestError::Reference`] if a name cannot be in an event.
    pub fn image_pcr(&self) -> Result<Digest, AttestError> {
        let mut log = cloister_evidence::BootLog::<{ 128 * 1024 }>::new();
        for expected in &self.events {
            let record = Record { by: Measurer::BootProgram, event: expected.event() };
            log.push(&record).map_err(|refused| {
                AttestError::Reference(format!("{}: {refused}", expected.event()))
            })?;
        }
        let [image, _] = log.pcrs();
        Ok(image)
    }

    /// The code that the trusted screen shows after a boot of the image.
    ///
    /// # Errors
    /// As [`Self::image_pcr`].
    pub fn short_code(&self) -> Result<ShortCode, AttestError> {
        Ok(ShortCode::of(self.image_pcr()?))
    }

    /// As a signed CoRIM.
    ///
    /// # Errors
    /// If a name cannot be in an event, or the form not be written.
    pub fn to_corim(&self, key: &SecretKey) -> Result<Vec<u8>, AttestError> {
        corim_form::write(self, key)
    }

    /// Verifies and reads a signed CoRIM.
    ///
    /// # Errors
    /// [`AttestError::Reference`] with what is wrong with it.
    pub fn of_corim(bytes: &[u8], key: &PublicKey) -> Result<Self, AttestError> {
        corim_form::read(bytes, key).map_err(AttestError::Reference)
    }

    /// As JSON, format 1.
    ///
    /// # Errors
    /// If a name cannot be in an event.
    pub fn to_json(&self) -> Result<serde_json::Value, AttestError> {
        json::write(self)
    }

    /// A name for these values: the digest of the predicted PCR, the boot program, and whether Secure Boot has to be on.
    ///
    /// # Errors
    /// As [`Self::image_pcr`].
    pub fn identifier(&self) -> Result<Digest, AttestError> {
        let mut hash = Sha256::new().chain_update(self.image_pcr()?.0);
        if let Some(boot_program) = self.boot_program {
            hash.update(boot_program.0);
        }
        if self.secure_boot {
            hash.update(b"Secure Boot");
        }
        Ok(Digest(hash.finalize().into()))
    }
}
