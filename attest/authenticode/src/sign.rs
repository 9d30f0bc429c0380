//! Puts a signature behind an EFI program (UEFI 2.10, 32.2.4: WIN_CERTIFICATE).

use crate::{
    ProgramFault, Signer, SignerError, digest,
    headers::{DIRECTORY, Headers},
    signed_data::Statement,
};

/// Entries of the table, and the table itself, begin at multiples of this.
const ALIGNMENT: usize = 8;

/// Bytes of an entry's header: length, revision, type.
const HEADER: usize = 8;

/// WIN_CERT_REVISION_2_0.
const REVISION: u16 = 0x0200;

/// WIN_CERT_TYPE_PKCS_SIGNED_DATA.
const PKCS_SIGNED_DATA: u16 = 2;

/// Why a program was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The program cannot be signed.
    #[error(transparent)]
    Program(#[from] ProgramFault),
    /// The key cannot sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The signature cannot be encoded.
    #[error("the signature cannot be encoded: {0}")]
    Encoding(#[from] x509_cert::der::Error),
}

/// The program with a signature: the same bytes each time.
///
/// # Errors
/// If it is no EFI program, is signed already, or the key cannot sign.
pub fn sign(program: &[u8], signer: &Signer) -> Result<Vec<u8>, SigningError> {
    let headers = Headers::read(program)?;
    if headers.signatures > 0 {
        return Err(ProgramFault::Signed.into());
    }
    // The signature covers what lies before it, so the program is padded first.
    let mut signed = program.to_vec();
    signed.resize(program.len().next_multiple_of(ALIGNMENT), 0);
    let statement = Statement::new(digest(&signed)?)?;
    let signature = signer.sign(&statement.to_be_signed()?)?;
    let data = statement.signed(&signer.certificate, signature)?;

    let offset = signed.len();
    let length = HEADER + data.len();
    signed.extend(u32::try_from(length).map_err(|_| ProgramFault::NoPlace)?.to_le_bytes());
    signed.extend(REVISION.to_le_bytes());
    signed.extend(PKCS_SIGNED_DATA.to_le_bytes());
    signed.extend(data);
    signed.resize(signed.len().next_multiple_of(ALIGNMENT), 0);

    let number = |value: usize| u32::try_from(value).map_err(|_| ProgramFault::NoPlace);
    let directory = [number(offset)?.to_le_bytes(), number(signed.len() - offset)?.to_le_bytes()];
    headers
        .security
        .and_then(|place| signed.get_mut(place..place + DIRECTORY))
        .ok_or(ProgramFault::NoPlace)?
        .copy_from_slice(directory.as_flattened());
    Ok(signed)
}
