//! The digest of an EFI program that firmware measures and Secure Boot signs: all of it but the
//! checksum, the place of the signature table, and the signatures (Windows Authenticode Portable
//! Executable Signature Format, "Calculating the PE image hash").

use cloister_bundle::Digest;
use object::{
    LittleEndian as LE,
    pe::{IMAGE_DIRECTORY_ENTRY_SECURITY, ImageNtHeaders64},
    read::pe::{ImageNtHeaders as _, ImageOptionalHeader as _, PeFile},
};
use sha2::{Digest as _, Sha256};

/// The digest, or why there is none.
///
/// # Errors
/// In words, if the file is not a 64-bit EFI program in the plain order that this tool writes.
pub fn digest(bytes: &[u8]) -> Result<Digest, String> {
    let malformed = || "not a 64-bit EFI program".to_owned();
    let file = PeFile::<ImageNtHeaders64>::parse(bytes).map_err(|_| malformed())?;
    let headers = file.nt_headers();
    let optional = headers.optional_header();
    // Offsets by address: the headers are borrowed from `bytes`.
    let start = bytes.as_ptr() as usize;
    let checksum = (&raw const optional.check_sum) as usize - start;
    let directories = file.data_directories();
    // Also where it is empty.
    let security = directories.iter().nth(IMAGE_DIRECTORY_ENTRY_SECURITY);
    let header_size = optional.size_of_headers() as usize;
    let header = |from: usize, to: usize| bytes.get(from..to).ok_or_else(malformed);

    let mut hash = Sha256::new();
    hash.update(header(0, checksum)?);
    let after_checksum = checksum + 4;
    let (skipped, signatures) = match security {
        Some(entry) => {
            let place = std::ptr::from_ref(entry) as usize - start;
            (Some(place), entry.size.get(LE) as usize)
        }
        None => (None, 0),
    };
    match skipped {
        Some(place) => {
            hash.update(header(after_checksum, place)?);
            hash.update(header(place + 8, header_size)?);
        }
        None => hash.update(header(after_checksum, header_size)?),
    }
    let mut sections: Vec<_> = file
        .section_table()
        .iter()
        .map(|section| {
            let start = section.pointer_to_raw_data.get(LE) as usize;
            (start, section.size_of_raw_data.get(LE) as usize)
        })
        .filter(|(_, size)| *size > 0)
        .collect();
    sections.sort_unstable();
    let mut hashed = header_size;
    for (start, size) in sections {
        let end = start.checked_add(size).ok_or_else(malformed)?;
        hash.update(bytes.get(start..end).ok_or_else(malformed)?);
        hashed += size;
    }
    let end = bytes.len().checked_sub(signatures).ok_or_else(malformed)?;
    // What lies behind the last section, besides signatures.
    hash.update(bytes.get(hashed..end.max(hashed)).ok_or_else(malformed)?);
    Ok(Digest(hash.finalize().into()))
}
