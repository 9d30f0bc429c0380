//! What the boot program gave this component: the boot log and the firmware's log.

use cloister_runtime::abi::{ATTESTER_ADDRESS, ATTESTER_MAGIC, AttesterPage, FileView};

/// The attester's page.
pub fn page() -> Option<&'static AttesterPage> {
    // SAFETY: the boot program maps the page there for the component that the policy names as its
    // attester, read-only, filled and for good.
    let page = unsafe { &*(ATTESTER_ADDRESS as *const AttesterPage) };
    (page.magic == ATTESTER_MAGIC).then_some(page)
}

/// The boot log's events and the firmware's log.
pub fn logs(page: &'static AttesterPage) -> (&'static [u8], &'static [u8]) {
    let bytes = |file: FileView| {
        // SAFETY: the boot program maps the file there, read-only and for good.
        unsafe { core::slice::from_raw_parts(file.address as *const u8, file.size as usize) }
    };
    (bytes(page.boot_log), bytes(page.firmware_log))
}
