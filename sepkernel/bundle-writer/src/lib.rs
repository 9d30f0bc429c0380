//! Writes bundles. The boot program only reads them (`cloister-bundle`).

#![forbid(unsafe_code)]

use std::io;

use cloister_bundle::{Entry, MAX_FILES, Manifest, ManifestError, archive, manifest};

/// Encodes a manifest.
///
/// # Errors
/// The [`ManifestError`] that reading the result would give.
pub fn encode(entries: &[Entry<'_>]) -> Result<Vec<u8>, ManifestError> {
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    if entries.len() > MAX_FILES {
        return Err(ManifestError::TooManyFiles(count));
    }
    let mut bytes = Vec::from(manifest::MAGIC);
    let mut append = |encoded: postcard::Result<Vec<u8>>, entry| {
        encoded.map(|part| bytes.extend(part)).map_err(|_| ManifestError::Malformed { entry })
    };
    append(postcard::to_stdvec(&(manifest::FORMAT, count)), 0)?;
    for (index, entry) in (0..count).zip(entries) {
        append(postcard::to_stdvec(entry), index)?;
    }
    Manifest::parse(&bytes)?;
    Ok(bytes)
}

/// Writes an archive of `manifest` and the files' `contents` in its order.
///
/// # Errors
/// Those of `output`.
pub fn write<C: AsRef<[u8]>>(
    output: &mut impl io::Write,
    manifest: &[u8],
    contents: impl IntoIterator<Item = C>,
) -> io::Result<()> {
    output.write_all(&archive::MAGIC)?;
    output.write_all(&(manifest.len() as u64).to_le_bytes())?;
    output.write_all(manifest)?;
    let mut offset = archive::HEADER + manifest.len();
    for content in contents {
        let content = content.as_ref();
        let start = offset.next_multiple_of(archive::ALIGNMENT);
        output.write_all(&[0; archive::ALIGNMENT][..start - offset])?;
        output.write_all(content)?;
        offset = start + content.len();
    }
    Ok(())
}
