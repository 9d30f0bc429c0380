//! Files that appear whole or not at all.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::SigningError;

/// What others may do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Nothing: the owner alone reads and writes it (0600).
    Owner,
    /// Read it (0644).
    Everyone,
}

/// What happens to a file of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and writing fails.
    Keep,
    /// It is replaced in one step.
    Replace,
}

/// Writes a file beside its place and moves it there once it is on the disk.
///
/// # Errors
/// When it cannot be written, or exists and is to be kept.
pub fn write(
    path: &Path,
    bytes: &[u8],
    audience: Audience,
    existing: Existing,
) -> Result<(), SigningError> {
    let failed = |source| SigningError::Write { path: path.to_owned(), source };
    let mode = match audience {
        Audience::Owner => 0o600,
        Audience::Everyone => 0o644,
    };
    let mut file = NamedTempFile::new_in(folder(path)).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(mode)).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    let placed = match existing {
        Existing::Keep => file.persist_noclobber(path),
        Existing::Replace => file.persist(path),
    };
    match placed {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(SigningError::Exists(path.to_owned()))
        }
        Err(error) => Err(failed(error.error)),
    }
}

/// Fails when there is a file of this name, before work is done for nothing.
///
/// # Errors
/// [`SigningError::Exists`].
pub fn must_not_exist(path: &Path) -> Result<(), SigningError> {
    if path.symlink_metadata().is_ok() {
        return Err(SigningError::Exists(path.to_owned()));
    }
    Ok(())
}

/// Reads a whole file.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, SigningError> {
    fs::read(path).map_err(|source| SigningError::Read { path: path.to_owned(), source })
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
