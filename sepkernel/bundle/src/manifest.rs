//! The manifest: the list of the bundle's files.
//!
//! Layout: the eight bytes `CLOISTER`, then postcard: format (u16), number of entries (u16), the
//! entries. Nothing may follow.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{Digest, MAX_FILES, MAX_NAME};

/// First bytes.
pub const MAGIC: [u8; 8] = *b"CLOISTER";

/// The manifest format that this code reads and writes.
pub const FORMAT: u16 = 1;

/// What a file is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Role {
    /// The officers whose signatures make a policy valid on this appliance.
    TrustAnchors,
    /// The compiled policy.
    Policy,
    /// The officers' signatures of the policy.
    PolicySignature,
    /// A native program that runs in ring 3.
    Component,
    /// A file of a world: kernel, initial RAM disk, or disk.
    GuestImage,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::TrustAnchors => "trust anchors",
            Self::Policy => "policy",
            Self::PolicySignature => "policy signature",
            Self::Component => "component",
            Self::GuestImage => "guest image",
        })
    }
}

/// One file of the bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry<'a> {
    /// Path below the bundle's directory, parts separated by `/`.
    pub name: &'a str,
    /// What the file is for.
    pub role: Role,
    /// Size in bytes.
    pub size: u64,
    /// Digest of the content.
    pub sha256: Digest,
}

/// Why a file of the bundle is not used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileError {
    /// The file ends before the size that the manifest gives.
    Truncated {
        /// Bytes that the manifest gives.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The file is longer than the manifest says.
    TooLong {
        /// Bytes that the manifest gives.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The content is not the one that the manifest names.
    Corrupted {
        /// Digest that the manifest gives.
        expected: Digest,
        /// Digest of what is there.
        found: Digest,
    },
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { expected, found } => {
                write!(f, "truncated: {found} bytes of {expected} are there")
            }
            Self::TooLong { expected, found } => {
                write!(f, "too long: {found} bytes, the manifest says {expected}")
            }
            Self::Corrupted { expected, found } => {
                write!(f, "corrupted: SHA-256 is {found}, the manifest says {expected}")
            }
        }
    }
}

impl Entry<'_> {
    /// Compares a size with the manifest's.
    ///
    /// # Errors
    /// [`FileError::Truncated`] or [`FileError::TooLong`].
    pub fn check_size(&self, found: u64) -> Result<(), FileError> {
        let expected = self.size;
        match found.cmp(&expected) {
            core::cmp::Ordering::Less => Err(FileError::Truncated { expected, found }),
            core::cmp::Ordering::Greater => Err(FileError::TooLong { expected, found }),
            core::cmp::Ordering::Equal => Ok(()),
        }
    }

    /// Compares content with the manifest's size and digest.
    ///
    /// # Errors
    /// Any [`FileError`].
    pub fn check(&self, content: &[u8]) -> Result<(), FileError> {
        self.check_size(content.len() as u64)?;
        let found = Digest::of(content);
        if found == self.sha256 {
            Ok(())
        } else {
            Err(FileError::Corrupted { expected: self.sha256, found })
        }
    }
}

/// Why a manifest is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ManifestError {
    /// It does not begin as a manifest does.
    NotAManifest,
    /// Its format is another one than [`FORMAT`].
    Format(u16),
    /// It ends inside an entry, or an entry cannot be decoded; counted from 0.
    Malformed {
        /// Entry at which decoding failed.
        entry: u16,
    },
    /// More entries than [`MAX_FILES`].
    TooManyFiles(u16),
    /// A name is empty, too long, or has parts or characters that are not allowed; counted from 0.
    BadName {
        /// The entry.
        entry: u16,
    },
    /// Two entries have one name; counted from 0.
    DuplicateName {
        /// The later entry.
        entry: u16,
    },
    /// Bytes follow the last entry.
    TrailingBytes(usize),
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAManifest => write!(f, "not a Cloister manifest"),
            Self::Format(found) => {
                write!(f, "manifest format {found}, this version reads format {FORMAT}")
            }
            Self::Malformed { entry } => {
                write!(f, "manifest malformed or truncated at entry {entry}")
            }
            Self::TooManyFiles(found) => {
                write!(f, "manifest names {found} files, at most {MAX_FILES} are allowed")
            }
            Self::BadName { entry } => {
                write!(f, "manifest entry {entry} has a name that is not allowed")
            }
            Self::DuplicateName { entry } => {
                write!(f, "manifest entry {entry} has the name of an earlier one")
            }
            Self::TrailingBytes(count) => {
                write!(f, "{count} bytes follow the manifest's last entry")
            }
        }
    }
}

/// A manifest that has been checked from end to end.
#[derive(Clone, Copy, Debug)]
pub struct Manifest<'a> {
    entries: &'a [u8],
    count: u16,
}

impl<'a> Manifest<'a> {
    /// Checks the whole of `bytes`.
    ///
    /// # Errors
    /// Any [`ManifestError`]; nothing of a manifest with an error is used.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ManifestError> {
        let body = bytes.strip_prefix(&MAGIC).ok_or(ManifestError::NotAManifest)?;
        let (format, body) =
            postcard::take_from_bytes::<u16>(body).map_err(|_| ManifestError::NotAManifest)?;
        if format != FORMAT {
            return Err(ManifestError::Format(format));
        }
        let (count, entries) = postcard::take_from_bytes::<u16>(body)
            .map_err(|_| ManifestError::Malformed { entry: 0 })?;
        if usize::from(count) > MAX_FILES {
            return Err(ManifestError::TooManyFiles(count));
        }
        let manifest = Self { entries, count };
        let mut rest = entries;
        for index in 0..count {
            let (entry, after) = postcard::take_from_bytes::<Entry<'a>>(rest)
                .map_err(|_| ManifestError::Malformed { entry: index })?;
            if !name_is_allowed(entry.name) {
                return Err(ManifestError::BadName { entry: index });
            }
            if manifest.files().take(usize::from(index)).any(|other| other.name == entry.name) {
                return Err(ManifestError::DuplicateName { entry: index });
            }
            rest = after;
        }
        if rest.is_empty() { Ok(manifest) } else { Err(ManifestError::TrailingBytes(rest.len())) }
    }

    /// The files, in the manifest's order.
    pub fn files(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let mut rest = self.entries;
        (0..self.count).map_while(move |_| {
            let (entry, after) = postcard::take_from_bytes(rest).ok()?;
            rest = after;
            Some(entry)
        })
    }

    /// Number of files.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// Whether the manifest names no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The only file with `role`, or none if there is none or more than one.
    #[must_use]
    pub fn the(&self, role: Role) -> Option<Entry<'a>> {
        let mut found = self.files().filter(|entry| entry.role == role);
        found.next().filter(|_| found.next().is_none())
    }
}

/// Names are relative paths of lower-case letters, digits, `.`, `-` and `_`, in parts that neither
/// are empty nor begin with a dot: the same file on FAT, in an archive and on the builder's disk.
#[must_use]
pub fn name_is_allowed(name: &str) -> bool {
    let part_is_allowed = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| {
                byte.is_ascii_lowercase()
                    || byte.is_ascii_digit()
                    || matches!(byte, b'.' | b'-' | b'_')
            })
    };
    name.len() <= MAX_NAME && name != crate::MANIFEST_NAME && name.split('/').all(part_is_allowed)
}
