//! The version of the newest policy that this appliance has run, kept in a firmware variable that
//! no operating system can write: it has no runtime access (UEFI specification 2.10, section 8.2).
//! With Secure Boot, only signed programs can; without, whoever owns the machine can set it back.

use core::ptr::null_mut;

use cloister_policy_format::signature;
use uefi_raw::table::runtime::{RuntimeServices, VariableAttributes};
use uefi_raw::table::system::SystemTable;
use uefi_raw::{Guid, Status, guid};

use crate::stop;

const VENDOR: Guid = guid!("b9ad0b8a-5bd4-4d4e-9c3c-8f8a3a6d3b57");
const NAME: &[u16] = &{
    const TEXT: &[u8] = b"CloisterPolicyVersion";
    let mut name = [0_u16; TEXT.len() + 1];
    let mut index = 0;
    while index < TEXT.len() {
        name[index] = TEXT[index] as u16;
        index += 1;
    }
    name
};
const ATTRIBUTES: VariableAttributes =
    VariableAttributes::NON_VOLATILE.union(VariableAttributes::BOOTSERVICE_ACCESS);

/// Stops if a newer policy than `version` has run here; else remembers this one before it runs.
pub fn admit(system: &SystemTable, version: u64) {
    // SAFETY: the firmware's runtime services are valid, and boot services are still available.
    let services = unsafe { &*system.runtime_services };
    let last = read(services);
    match signature::admit(version, last) {
        Ok(newest) if last == Some(newest) => {}
        Ok(newest) => write(services, newest),
        Err(error) => stop!("{error}"),
    }
}

fn read(services: &RuntimeServices) -> Option<u64> {
    let mut value = [0; 8];
    let mut size = value.len();
    // SAFETY: boot services are available, the pointers are valid for the call.
    let status = unsafe {
        (services.get_variable)(
            NAME.as_ptr(),
            &VENDOR,
            null_mut(),
            &raw mut size,
            value.as_mut_ptr(),
        )
    };
    match status {
        Status::SUCCESS if size == value.len() => Some(u64::from_le_bytes(value)),
        Status::NOT_FOUND => None,
        _ => stop!("the newest policy version that has run here cannot be read ({status:?})"),
    }
}

fn write(services: &RuntimeServices, version: u64) {
    let value = version.to_le_bytes();
    // SAFETY: boot services are available, the pointers are valid for the call.
    let status = unsafe {
        (services.set_variable)(NAME.as_ptr(), &VENDOR, ATTRIBUTES, value.len(), value.as_ptr())
    };
    if status != Status::SUCCESS {
        stop!("the policy's version cannot be stored, so that an older one could run ({status:?})");
    }
}
