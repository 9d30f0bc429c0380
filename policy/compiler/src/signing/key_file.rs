//! A secret key at rest: sealed under a passphrase.
//!
//! The file is TOML, so that a person sees whose key it is. The key is encrypted with
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) under a key that Argon2id (RFC 9106) stretches from
//! the passphrase. Name, public key and stretching parameters are authenticated with it.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305,
    aead::{Aead as _, Payload},
};
use cloister_policy_format::signature::{PublicKey, TrustAnchors};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Passphrase, SecretKey, SigningError};

/// The version of this file format.
const FORMAT: u32 = 1;

/// The most memory that opening a file may ask for: 1 GiB, so that a forged file cannot ask for
/// all there is.
const MAX_MEMORY_KIB: u32 = 1 << 20;

/// The most passes and lanes that opening a file may ask for.
const MAX_COST: u32 = 64;

/// How hard a passphrase is to guess: the parameters of Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stretching {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Stretching {
    /// The second recommendation of RFC 9106, section 4: 64 MiB, three passes, four lanes.
    pub const RECOMMENDED: Self = Self { memory_kib: 64 << 10, passes: 3, lanes: 4 };
}

/// The contents of a secret key file; the secret in it is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeyFile {
    format: u32,
    /// The officer's name.
    pub name: String,
    /// The public key as text.
    public_key: String,
    argon2id: Stretching,
    #[serde(with = "hex::serde")]
    salt: [u8; 16],
    #[serde(with = "hex::serde")]
    nonce: [u8; 24],
    #[serde(with = "hex::serde")]
    sealed_key: [u8; 48],
}

impl KeyFile {
    /// Seals a secret key for its officer.
    ///
    /// # Errors
    /// When the name is none, or the operating system has no random numbers.
    pub fn seal(
        name: &str,
        secret: &SecretKey,
        passphrase: &Passphrase,
        stretching: Stretching,
    ) -> Result<Self, SigningError> {
        let public = secret.public();
        TrustAnchors::new(1, [(name, public)])?;
        let mut file = Self {
            format: FORMAT,
            name: name.to_owned(),
            public_key: public.to_string(),
            argon2id: stretching,
            salt: [0; 16],
            nonce: [0; 24],
            sealed_key: [0; 48],
        };
        getrandom::fill(&mut file.salt).map_err(|_| SigningError::NoRandomness)?;
        getrandom::fill(&mut file.nonce).map_err(|_| SigningError::NoRandomness)?;
        let aad = file.authenticated();
        let seed = secret.seed();
        let payload = Payload { msg: seed.as_slice(), aad: aad.as_bytes() };
        file.sealed_key = file
            .cipher(passphrase)
            .and_then(|cipher| cipher.encrypt(&file.nonce.into(), payload).ok())
            .and_then(|sealed| sealed.try_into().ok())
            .ok_or_else(|| file.unreadable(Path::new(name)))?;
        Ok(file)
    }

    /// Opens the secret key; `path` is where the file came from, for messages.
    ///
    /// # Errors
    /// When the passphrase is wrong or anything in the file was altered.
    pub fn open(&self, passphrase: &Passphrase, path: &Path) -> Result<SecretKey, SigningError> {
        let aad = self.authenticated();
        let payload = Payload { msg: &self.sealed_key, aad: aad.as_bytes() };
        let seed = self
            .cipher(passphrase)
            .ok_or_else(|| self.unreadable(path))?
            .decrypt(&self.nonce.into(), payload)
            .map(Zeroizing::new)
            .map_err(|_| SigningError::WrongPassphrase(path.to_owned()))?;
        let seed = seed.as_array().ok_or_else(|| self.unreadable(path))?;
        let secret = SecretKey::from_seed(seed);
        if secret.public().to_string() != self.public_key {
            return Err(self.unreadable(path));
        }
        Ok(secret)
    }

    /// The public key.
    ///
    /// # Errors
    /// When the file holds something else in its place.
    pub fn public_key(&self, path: &Path) -> Result<PublicKey, SigningError> {
        self.public_key.parse().map_err(|error| SigningError::NotAKeyFile {
            path: path.to_owned(),
            reason: format!("{error}"),
        })
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Self { format, name, public_key, argon2id, .. } = self;
        let Stretching { memory_kib, passes, lanes } = argon2id;
        let (salt, nonce) = (hex::encode(self.salt), hex::encode(self.nonce));
        let sealed_key = hex::encode(self.sealed_key);
        format!(
            "# The secret key of a Cloister security officer, sealed under a passphrase.\n\
             # Keep it where only its officer can read it. `public-key` is what others may see.\n\
             format = {format}\n\
             name = \"{name}\"\n\
             public-key = \"{public_key}\"\n\
             argon2id = {{ memory-kib = {memory_kib}, passes = {passes}, lanes = {lanes} }}\n\
             salt = \"{salt}\"\n\
             nonce = \"{nonce}\"\n\
             sealed-key = \"{sealed_key}\"\n"
        )
    }

    /// Reads a file's text; `path` is where it came from, for messages.
    ///
    /// # Errors
    /// When it is not such a file, or of another format version.
    pub fn from_text(text: &str, path: &Path) -> Result<Self, SigningError> {
        let not_a_key = |reason| SigningError::NotAKeyFile { path: path.to_owned(), reason };
        let file: Self =
            toml::from_str(text).map_err(|error| not_a_key(error.message().to_owned()))?;
        if file.format != FORMAT {
            let found = file.format;
            return Err(not_a_key(format!("it has format {found}, this program knows {FORMAT}")));
        }
        Ok(file)
    }

    /// What is authenticated beside the secret.
    fn authenticated(&self) -> String {
        let Self { format, name, public_key, argon2id, .. } = self;
        let Stretching { memory_kib, passes, lanes } = argon2id;
        format!("cloister secret key {format}\n{name}\n{public_key}\n{memory_kib} {passes} {lanes}")
    }

    /// The cipher under the stretched passphrase; `None` when the parameters are out of range.
    fn cipher(&self, passphrase: &Passphrase) -> Option<XChaCha20Poly1305> {
        let Stretching { memory_kib, passes, lanes } = self.argon2id;
        if memory_kib > MAX_MEMORY_KIB || passes > MAX_COST || lanes > MAX_COST {
            return None;
        }
        let params = Params::new(memory_kib, passes, lanes, Some(32)).ok()?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.bytes(), &self.salt, key.as_mut_slice())
            .ok()?;
        XChaCha20Poly1305::new_from_slice(key.as_slice()).ok()
    }

    fn unreadable(&self, path: &Path) -> SigningError {
        SigningError::NotAKeyFile {
            path: path.to_owned(),
            reason: "its stretching parameters or its key are out of range".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
