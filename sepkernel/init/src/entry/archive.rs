//! The bundle as one piece of memory, where the loader cannot hand over files.

use cloister_bundle::archive::Archive;
use cloister_hardware::handoff::Range;

use crate::boot_info::BootInfo;
use crate::stop;

/// Finds the bundle's manifest and files in `range`, which `source` names in messages.
///
/// # Safety
/// The range must be mapped to itself and hold what a loader put there, and nothing may write it
/// from now on.
pub unsafe fn take(info: &mut BootInfo, range: Range, source: &str) {
    let length = usize::try_from(range.size()).unwrap_or_default();
    // SAFETY: passed on to the caller.
    let bytes = unsafe { core::slice::from_raw_parts(range.start as *const u8, length) };
    info.occupy(bytes);
    match Archive::parse(bytes) {
        Ok(archive) => {
            info.manifest = archive.manifest_bytes;
            info.files.extend(archive.contents());
        }
        Err(error) => stop!("{source}: {error}"),
    }
}
