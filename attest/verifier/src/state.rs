//! What the verifier remembers: nonces that it gave out, and machines that it knows.
//!
//! A directory of small JSON files, so that a person can look at it, and so that two verifiers can
//! work in it at once: a nonce is used up by renaming its file, which only one of them can do.

mod machine;
mod nonce;

pub use machine::{Accepted, Chained, Endorsement, Machine};
pub use nonce::{Nonce, NonceState};

use std::{
    fs,
    path::{Path, PathBuf},
};

use cloister_bundle::Digest;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    AttestError,
    key::SecretKey,
    output_file::{self, Audience},
};

/// The state directory.
#[derive(Clone, Debug)]
pub struct State {
    directory: PathBuf,
}

impl State {
    /// Opens the directory, and makes it if it is not there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn open(directory: &Path) -> Result<Self, AttestError> {
        for part in ["nonces", "used", "machines", "pending"] {
            let path = directory.join(part);
            fs::create_dir_all(&path).map_err(|source| AttestError::Write { path, source })?;
        }
        Ok(Self { directory: directory.to_owned() })
    }

    /// The directory that is used where none is named.
    #[must_use]
    pub fn default_directory() -> PathBuf {
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
        let base = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).or_else(home);
        base.unwrap_or_else(|| PathBuf::from(".")).join("cloister-attest")
    }

    /// The key that signs results, made at its first use.
    ///
    /// # Errors
    /// If it can be neither read nor made.
    pub fn result_key(&self) -> Result<SecretKey, AttestError> {
        let path = self.directory.join("result.key");
        if !path.exists() {
            let key = SecretKey::generate()?;
            match key.create(&path) {
                Ok(()) => {
                    key.public().create(&self.directory.join("result.pub"))?;
                    return Ok(key);
                }
                // Another verifier was faster.
                Err(AttestError::Exists(_)) => {}
                Err(error) => return Err(error),
            }
        }
        SecretKey::read(&path)
    }

    fn path(&self, kind: &str, name: &str) -> PathBuf {
        self.directory.join(kind).join(format!("{name}.json"))
    }

    fn read<T: DeserializeOwned>(&self, path: &Path) -> Result<Option<T>, AttestError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(AttestError::Read { path: path.to_owned(), source }),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| AttestError::State {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    }

    fn write<T: Serialize>(&self, path: &Path, record: &T) -> Result<(), AttestError> {
        let text = serde_json::to_string_pretty(record)
            .map_err(|error| AttestError::Encoding(error.to_string()))?;
        output_file::write(path, format!("{text}\n").as_bytes(), Audience::Owner)
    }

    /// The machine with this identity, if it is enrolled.
    ///
    /// # Errors
    /// If its record cannot be read.
    pub fn machine(&self, identity: Digest) -> Result<Option<Machine>, AttestError> {
        self.read(&self.path("machines", &identity.to_string()))
    }

    /// Keeps what is known of a machine.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep_machine(&self, machine: &Machine) -> Result<(), AttestError> {
        self.write(&self.path("machines", &hex::encode(machine.identity)), machine)
    }

    /// Keeps the secret that a machine has to tell to be enrolled.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn keep_pending<T: Serialize>(
        &self,
        identity: Digest,
        pending: &T,
    ) -> Result<(), AttestError> {
        self.write(&self.path("pending", &identity.to_string()), pending)
    }

    /// Takes out what was kept for a machine that is about to be enrolled.
    ///
    /// # Errors
    /// If it cannot be read or removed.
    pub(crate) fn take_pending<T: DeserializeOwned>(
        &self,
        identity: Digest,
    ) -> Result<Option<T>, AttestError> {
        let path = self.path("pending", &identity.to_string());
        let pending = self.read(&path)?;
        if pending.is_some() {
            fs::remove_file(&path).map_err(|source| AttestError::Write { path, source })?;
        }
        Ok(pending)
    }
}
