//! Who signs EFI programs: an RSA key with 2048 bits or more and its certificate.

use std::{fmt, fs, io, path::Path};

use rsa::{
    Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey,
    pkcs1::DecodeRsaPublicKey as _,
    pkcs8::DecodePrivateKey as _,
    sha2::{Digest as _, Sha256},
    traits::PublicKeyParts as _,
};
use x509_cert::{Certificate, der::DecodePem as _};

/// The development key, for trying out: everybody has it, so that it protects nothing.
const DEVELOPMENT_KEY: &str = include_str!("../development/key.pem");

/// Its certificate.
const DEVELOPMENT_CERTIFICATE: &str = include_str!("../development/certificate.pem");

/// Fewest bits of a key: what firmware has to know (UEFI 2.10, 32.4.1).
const LEAST_BITS: usize = 2048;

/// Why a key or certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The key is none.
    #[error("the signing key is no RSA key in PKCS #8 form (PEM): {0}")]
    Key(rsa::pkcs8::Error),
    /// The key is weak.
    #[error("the signing key has {0} bits; Secure Boot needs {LEAST_BITS}")]
    Short(usize),
    /// The certificate is none.
    #[error("the signing certificate is none (PEM): {0}")]
    Certificate(x509_cert::der::Error),
    /// Key and certificate are not a pair.
    #[error("the signing certificate is not for the signing key")]
    NotAPair,
    /// The signature cannot be made.
    #[error("the EFI program cannot be signed: {0}")]
    Signature(rsa::Error),
}

/// A key and its certificate.
#[derive(Clone)]
pub struct Signer {
    key: RsaPrivateKey,
    pub(crate) certificate: Certificate,
    development: bool,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("development", &self.development).finish_non_exhaustive()
    }
}

impl Signer {
    /// The holder of the development key: everybody.
    ///
    /// # Errors
    /// As [`Self::from_pem`]; the key that comes with this program is sound.
    pub fn development() -> Result<Self, SignerError> {
        Self::from_pem(DEVELOPMENT_KEY, DEVELOPMENT_CERTIFICATE)
    }

    /// The certificate of the development key, in PEM.
    #[must_use]
    pub fn development_certificate() -> &'static str {
        DEVELOPMENT_CERTIFICATE
    }

    /// The holder of the key in these files, both PEM.
    ///
    /// # Errors
    /// Any [`SignerError`].
    pub fn read(key: &Path, certificate: &Path) -> Result<Self, SignerError> {
        let text = |path: &Path| {
            let path = path.to_owned();
            fs::read_to_string(&path)
                .map_err(|source| SignerError::Read { path: path.display().to_string(), source })
        };
        Self::from_pem(&text(key)?, &text(certificate)?)
    }

    /// The holder of this key (PKCS #8) and certificate.
    ///
    /// # Errors
    /// Any [`SignerError`] but those of files.
    pub fn from_pem(key: &str, certificate: &str) -> Result<Self, SignerError> {
        let key_pair = RsaPrivateKey::from_pkcs8_pem(key).map_err(SignerError::Key)?;
        let development = key == DEVELOPMENT_KEY;
        if key_pair.n().bits() < LEAST_BITS {
            return Err(SignerError::Short(key_pair.n().bits()));
        }
        let certificate = Certificate::from_pem(certificate).map_err(SignerError::Certificate)?;
        let info = certificate.tbs_certificate().subject_public_key_info();
        let certified = RsaPublicKey::from_pkcs1_der(info.subject_public_key.raw_bytes());
        if certified.ok().as_ref() != Some(&key_pair.to_public_key()) {
            return Err(SignerError::NotAPair);
        }
        Ok(Self { key: key_pair, certificate, development })
    }

    /// Whether the key is the one that everybody has.
    #[must_use]
    pub fn is_development(&self) -> bool {
        self.development
    }

    /// Who the certificate says this is.
    #[must_use]
    pub fn name(&self) -> String {
        self.certificate.tbs_certificate().subject().to_string()
    }

    /// Signs the SHA-256 digest of `message` (PKCS #1 v1.5, which gives the same bytes each time).
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.key
            .sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message))
            .map_err(SignerError::Signature)
    }
}
