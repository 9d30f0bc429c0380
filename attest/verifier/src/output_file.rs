//! Reading and writing files, with errors that name them.

use std::{fs, io, path::Path};

pub use cloister_whole_file::Audience;
use cloister_whole_file::Existing;

use crate::AttestError;

/// Reads a whole file.
///
/// # Errors
/// [`AttestError::Read`].
pub fn read(path: &Path) -> Result<Vec<u8>, AttestError> {
    fs::read(path).map_err(|source| AttestError::Read { path: path.to_owned(), source })
}

/// Writes a file whole; one of the same name is replaced.
///
/// # Errors
/// [`AttestError::Write`].
pub fn write(path: &Path, bytes: &[u8], audience: Audience) -> Result<(), AttestError> {
    cloister_whole_file::write(path, bytes, audience, Existing::Replace)
        .map_err(|source| AttestError::Write { path: path.to_owned(), source })
}

/// As [`write`], where there is no such file yet.
///
/// # Errors
/// [`AttestError::Write`], or [`AttestError::Exists`].
pub fn create(path: &Path, bytes: &[u8], audience: Audience) -> Result<(), AttestError> {
    let path = path.to_owned();
    match cloister_whole_file::write(&path, bytes, audience, Existing::Keep) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(AttestError::Exists(path))
        }
        written => written.map_err(|source| AttestError::Write { path, source }),
    }
}
