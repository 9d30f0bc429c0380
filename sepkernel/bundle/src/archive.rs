//! A bundle in one piece, for loaders that hand over memory instead of files.
//!
//! Layout: the eight bytes `CLBUNDLE`, the manifest's length as a little-endian u64, the manifest;
//! then each file in the manifest's order, beginning at a multiple of [`ALIGNMENT`].

use crate::{Manifest, ManifestError};

/// First bytes.
pub const MAGIC: [u8; 8] = *b"CLBUNDLE";
/// Bytes before the manifest.
pub const HEADER: usize = 16;

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
