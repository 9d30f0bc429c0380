//! Checks the bundle: nothing of it is used whose size or digest is not the manifest's.

use cloister_bundle::{DIRECTORY, Manifest};
use cloister_hardware::console::Topic;
use cloister_hardware::log;

use crate::boot_info::BootInfo;
use crate::stop;

/// Hashes every file, logs its digest, and stops at the first that is not what it should be.
pub fn check(manifest: &Manifest<'_>, info: &BootInfo) {
    log!(
        Topic::Boot,
        "bundle of {} files, manifest SHA-256 {}",
        manifest.len(),
        cloister_bundle::Digest::of(info.manifest)
    );
    for (entry, content) in manifest.files().zip(&info.files) {
        if let Err(error) = entry.check(content) {
            stop!("{DIRECTORY}/{}: {error}", entry.name);
        }
        log!(
            Topic::Boot,
            "{} {}, {} bytes, SHA-256 {}",
            entry.role,
            entry.name,
            entry.size,
            entry.sha256
        );
    }
}
