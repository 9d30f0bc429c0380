//! Keys of this side: for signing reference values and results. Ed25519 in the usual files, PKCS #8
//! and SubjectPublicKeyInfo (RFC 8410) as PEM, so that other tools can make and use them.

use std::path::Path;

use ed25519_dalek::{
    Signature, Signer as _, SigningKey, VerifyingKey,
    pkcs8::{
        DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
        spki::der::pem::LineEnding,
    },
};

use crate::{
    AttestError,
    output_file::{self, Audience},
};

/// The seed of the development key. It is published: what it signs is signed by anybody.
const DEVELOPMENT_SEED: [u8; 32] = *b"cloister reference development 1";

/// A secret key.
#[derive(Clone, Debug)]
pub struct SecretKey(SigningKey);

/// A public key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKey(VerifyingKey);

impl SecretKey {
    /// A new key from the operating system's random numbers.
    ///
    /// # Errors
    /// [`AttestError::NoRandomness`].
    pub fn generate() -> Result<Self, AttestError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| AttestError::NoRandomness)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The development key, which protects nothing.
    #[must_use]
    pub fn development() -> Self {
        Self(SigningKey::from_bytes(&DEVELOPMENT_SEED))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// If it cannot be read or is no Ed25519 key.
    pub fn read(path: &Path) -> Result<Self, AttestError> {
        let text = text(path)?;
        SigningKey::from_pkcs8_pem(&text).map(Self).map_err(|_| AttestError::Content {
            path: path.to_owned(),
            reason: "not an Ed25519 private key (PKCS #8, PEM)".to_owned(),
        })
    }

    /// Writes a new key file, readable by its owner only.
    ///
    /// # Errors
    /// If it cannot be written, or is there already.
    pub fn create(&self, path: &Path) -> Result<(), AttestError> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF).map_err(encoding)?;
        output_file::create(path, pem.as_bytes(), Audience::Owner)
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl PublicKey {
    /// Reads a key file.
    ///
    /// # Errors
    /// If it cannot be read or is no Ed25519 key.
    pub fn read(path: &Path) -> Result<Self, AttestError> {
        let text = text(path)?;
        VerifyingKey::from_public_key_pem(&text).map(Self).map_err(|_| AttestError::Content {
            path: path.to_owned(),
            reason: "not an Ed25519 public key (SubjectPublicKeyInfo, PEM)".to_owned(),
        })
    }

    /// Writes a new key file.
    ///
    /// # Errors
    /// If it cannot be written, or is there already.
    pub fn create(&self, path: &Path) -> Result<(), AttestError> {
        output_file::create(path, self.to_pem()?.as_bytes(), Audience::Everyone)
    }

    /// The key as PEM.
    ///
    /// # Errors
    /// If it cannot be encoded, which does not happen.
    pub fn to_pem(&self) -> Result<String, AttestError> {
        self.0.to_public_key_pem(LineEnding::LF).map_err(encoding)
    }

    /// Whether the signature is this key's of the message.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }

    /// Whether this is the development key.
    #[must_use]
    pub fn is_development(&self) -> bool {
        *self == SecretKey::development().public()
    }
}

fn text(path: &Path) -> Result<String, AttestError> {
    std::fs::read_to_string(path)
        .map_err(|source| AttestError::Read { path: path.to_owned(), source })
}

fn encoding(error: impl std::fmt::Display) -> AttestError {
    AttestError::Encoding(error.to_string())
}
