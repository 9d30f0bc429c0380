//! Reading and writing files, with errors that name them.

use std::{fs, io, path::Path};

pub use cloister_whole_file::{Audience, Existing};

use super::SigningError;

/// Writes a file whole.
///
/// # Errors
/// When it cannot be written, or exists and is to be kept.
pub fn write(
    path: &Path,
    bytes: &[u8],
    audience: Audience,
    existing: Existing,
) -> Result<(), SigningError> {
    cloister_whole_file::write(path, bytes, audience, existing).map_err(|source| {
        match source.kind() {
            io::ErrorKind::AlreadyExists => SigningError::Exists(path.to_owned()),
            _ => SigningError::Write { path: path.to_owned(), source },
        }
    })
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
