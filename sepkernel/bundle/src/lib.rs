//! The bundle: everything that an appliance runs or enforces besides its boot program, as a
//! manifest and the files that it names.
//!
//! On an EFI system partition the files lie below `\cloister\`, the manifest is
//! `\cloister\manifest`. Where a loader hands over memory instead of files (Multiboot 2 modules, a
//! PVH initial RAM disk) the same manifest and files travel in one [`archive`].
//!
//! The manifest says what belongs to the appliance; the signed policy says what of it is allowed.
//! A file whose size or digest is not the manifest's is never used.

#![no_std]
#![forbid(unsafe_code)]

pub mod archive;
pub mod digest;
pub mod manifest;

pub use digest::Digest;
pub use manifest::{Entry, Manifest, ManifestError, Role};

/// Directory of the bundle on the EFI system partition.
pub const DIRECTORY: &str = "cloister";

/// Name of the manifest's own file in [`DIRECTORY`].
pub const MANIFEST_NAME: &str = "manifest";

/// Largest number of files in a bundle. Bounds the work on an untrusted manifest.
pub const MAX_FILES: usize = 512;

/// Longest file name, in bytes.
pub const MAX_NAME: usize = 96;

/// Largest manifest in bytes: [`MAX_FILES`] entries of the longest form, rounded up.
pub const MAX_MANIFEST: usize = 128 * 1024;
