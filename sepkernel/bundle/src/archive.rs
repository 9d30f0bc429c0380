//! A bundle in one piece, for loaders that hand over memory instead of files.
//!
//! Layout: the eight bytes `CLBUNDLE`, the manifest's length as a little-endian u64, the manifest;
//! then each file in the manifest's order, beginning at a multiple of [`ALIGNMENT`].

use crate::{Manifest, ManifestError};

const MAGIC: [u8; 8] = *b"CLBUNDLE";
const HEADER: usize = 16;

/// Files begin at multiples of this, in bytes: a page, so that a file can be mapped where it lies.
pub const ALIGNMENT: usize = 4096;

/// A bundle in one piece.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'a> {
    /// The bytes of the manifest.
    pub manifest_bytes: &'a [u8],
    /// The manifest.
    pub manifest: Manifest<'a>,
    bytes: &'a [u8],
}

impl<'a> Archive<'a> {
    /// Reads the manifest of an archive. The files are taken later, each by itself, so that one
    /// that is missing can be named.
    ///
    /// # Errors
    /// As [`Manifest::parse`]; [`ManifestError::NotAManifest`] if it is no archive.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ManifestError> {
        let after_magic = bytes.strip_prefix(&MAGIC).ok_or(ManifestError::NotAManifest)?;
        let (length, body) = after_magic.split_first_chunk().ok_or(ManifestError::NotAManifest)?;
        let manifest_bytes = usize::try_from(u64::from_le_bytes(*length))
            .ok()
            .and_then(|length| body.get(..length))
            .ok_or(ManifestError::Malformed { entry: 0 })?;
        let manifest = Manifest::parse(manifest_bytes)?;
        Ok(Self { manifest_bytes, manifest, bytes })
    }

    /// What is there of each file, in the manifest's order: shorter than the manifest says, or
    /// empty, where the archive ends early.
    pub fn contents(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let bytes = self.bytes;
        let mut offset = HEADER.saturating_add(self.manifest_bytes.len());
        self.manifest.files().map(move |entry| {
            let size = usize::try_from(entry.size).unwrap_or(usize::MAX);
            let start = offset.checked_next_multiple_of(ALIGNMENT).unwrap_or(usize::MAX);
            offset = start.saturating_add(size);
            bytes.get(start.min(bytes.len())..offset.min(bytes.len())).unwrap_or_default()
        })
    }
}

/// Writes an archive of `manifest` and the files' `contents` in its order.
///
/// # Errors
/// Those of `output`.
#[cfg(feature = "write")]
pub fn write<C: AsRef<[u8]>>(
    output: &mut impl std::io::Write,
    manifest: &[u8],
    contents: impl IntoIterator<Item = C>,
) -> std::io::Result<()> {
    output.write_all(&MAGIC)?;
    output.write_all(&(manifest.len() as u64).to_le_bytes())?;
    output.write_all(manifest)?;
    let mut offset = HEADER + manifest.len();
    for content in contents {
        let content = content.as_ref();
        let start = offset.next_multiple_of(ALIGNMENT);
        output.write_all(&[0; ALIGNMENT][..start - offset])?;
        output.write_all(content)?;
        offset = start + content.len();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::{Digest, Entry, Role, manifest};

    fn archive(contents: &[&[u8]]) -> Vec<u8> {
        let names = ["a", "b", "c"];
        let entries: Vec<_> = names
            .iter()
            .zip(contents)
            .map(|(name, content)| Entry {
                name,
                role: Role::Component,
                size: content.len() as u64,
                sha256: Digest::of(content),
            })
            .collect();
        let mut bytes = Vec::new();
        write(&mut bytes, &manifest::encode(&entries).unwrap(), contents).unwrap();
        bytes
    }

    #[test]
    fn files_come_back_whole_and_in_order() {
        let contents: [&[u8]; 3] = [b"first", &[7; 5000], b""];
        let bytes = archive(&contents);
        let read = Archive::parse(&bytes).unwrap();
        assert!(read.contents().eq(contents));
        for (entry, content) in read.manifest.files().zip(read.contents()) {
            assert_eq!(entry.check(content), Ok(()));
        }
    }

    #[test]
    fn a_truncated_archive_names_the_first_file_that_suffers() {
        let bytes = archive(&[b"first", &[7; 5000], b"last"]);
        for length in 0..bytes.len() {
            let Ok(read) = Archive::parse(&bytes[..length]) else { continue };
            let damaged = read
                .manifest
                .files()
                .zip(read.contents())
                .find(|(entry, c)| entry.check(c).is_err());
            let expected = match length {
                0..4101 => "a",
                4101..13192 => "b",
                _ => "c",
            };
            assert_eq!(damaged.unwrap().0.name, expected, "{length} bytes");
        }
    }
}
