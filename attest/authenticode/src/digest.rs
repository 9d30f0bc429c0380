//! The digest of an EFI program that firmware measures and Secure Boot signs: all of it but the
//! checksum, the place of the signature table, and the signatures (Windows Authenticode Portable
//! Executable Signature Format, "Calculating the PE image hash").

use cloister_bundle::Digest;
use sha2::{Digest as _, Sha256};

use crate::{
    ProgramFault,
    headers::{DIRECTORY, Headers},
};

/// The digest.
///
/// # Errors
/// [`ProgramFault::NotAProgram`], if the file is not a 64-bit EFI program in the plain order that
/// this tool writes.
pub fn digest(bytes: &[u8]) -> Result<Digest, ProgramFault> {
    let headers = Headers::read(bytes)?;
    let part = |from: usize, to: usize| bytes.get(from..to).ok_or(ProgramFault::NotAProgram);
    let mut hash = Sha256::new();
    hash.update(part(0, headers.checksum)?);
    let after_checksum = headers.checksum + 4;
    match headers.security {
        Some(place) => {
            hash.update(part(after_checksum, place)?);
            hash.update(part(place + DIRECTORY, headers.size)?);
        }
        None => hash.update(part(after_checksum, headers.size)?),
    }
    let mut hashed = headers.size;
    for section in &headers.sections {
        hash.update(part(section.start, section.end)?);
        hashed += section.len();
    }
    let end = bytes.len().checked_sub(headers.signatures).ok_or(ProgramFault::NotAProgram)?;
    // What lies behind the last section, besides signatures.
    hash.update(part(hashed, end.max(hashed))?);
    Ok(Digest(hash.finalize().into()))
}
