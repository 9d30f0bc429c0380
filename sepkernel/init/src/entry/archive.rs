//! The bundle as one piece of memory, where the loader cannot hand over files.

use cloister_bundle::archive::Archive;
use cloister_hardware::console::Topic;
use cloister_hardware::handoff::Range;
use cloister_hardware::log;

use crate::boot_info::BootInfo;
use crate::image::Image;
use crate::{announce, boot, bundle, stop};

/// Finds the bundle's manifest and files in `range`, if the loader gave any, and boots.
///
/// # Safety
/// The range must be mapped to itself and hold what a loader put there, and nothing may write it
/// from now on. `info` must list all other memory that the loader left in use.
pub unsafe fn boot(mut info: BootInfo, range: Option<Range>) -> ! {
    let range = range.unwrap_or(Range { start: 0, end: 0 });
    let length = usize::try_from(range.size()).unwrap_or_default();
    let bytes: &[u8] = if length == 0 {
        &[]
    } else {
        // SAFETY: passed on to the caller.
        unsafe { core::slice::from_raw_parts(range.start as *const u8, length) }
    };
    info.occupy(bytes);
    info.take_crash_record(Image::of_this_program().all());
    announce::announce(&mut info);
    if bytes.is_empty() {
        stop!("bundle: the loader gave none (GRUB: module2, QEMU: -initrd)");
    }
    match Archive::parse(bytes) {
        Ok(archive) => {
            info.manifest = archive.manifest_bytes;
            info.files.extend(archive.contents());
        }
        Err(error) => stop!("bundle: {error}"),
    }
    bundle::check(&info, |_| {});
    log!(Topic::Warning, "no TPM: {} measures nothing", info.firmware);
    log!(Topic::Warning, "older policies are not refused: this firmware keeps no version for us");
    boot::enter(info)
}
