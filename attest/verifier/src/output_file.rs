//! Files that appear whole or not at all.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::AttestError;

/// What others may do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Nothing: the owner alone reads and writes it (0600).
    Owner,
    /// Read it (0644).
    Everyone,
}

/// Reads a whole file.
///
/// # Errors
/// [`AttestError::Read`].
pub fn read(path: &Path) -> Result<Vec<u8>, AttestError> {
    fs::read(path).map_err(|source| AttestError::Read { path: path.to_owned(), source })
}

/// Writes a file beside its place, and moves it there once it is on the disk.
///
/// # Errors
/// [`AttestError::Write`].
pub fn write(path: &Path, bytes: &[u8], audience: Audience) -> Result<(), AttestError> {
    let failed = |source| AttestError::Write { path: path.to_owned(), source };
    prepared(path, bytes, audience)?.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// As [`write`], where there is no such file yet.
///
/// # Errors
/// [`AttestError::Write`], or [`AttestError::Exists`].
pub fn create(path: &Path, bytes: &[u8], audience: Audience) -> Result<(), AttestError> {
    match prepared(path, bytes, audience)?.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(AttestError::Exists(path.to_owned()))
        }
        Err(error) => Err(AttestError::Write { path: path.to_owned(), source: error.error }),
    }
}

fn prepared(path: &Path, bytes: &[u8], audience: Audience) -> Result<NamedTempFile, AttestError> {
    let failed = |source| AttestError::Write { path: path.to_owned(), source };
    let mode = match audience {
        Audience::Owner => 0o600,
        Audience::Everyone => 0o644,
    };
    let mut file = NamedTempFile::new_in(folder(path)).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(mode)).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    Ok(file)
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
