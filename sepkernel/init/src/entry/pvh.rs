//! Started through the PVH entry (Xen, `public/arch-x86/hvm/start_info.h`).

use cloister_hardware::handoff::Range;

use super::archive;
use crate::boot_info::{BootInfo, Firmware, MemoryKind};
use crate::stop;

/// First word of the start information.
pub const START_MAGIC: u32 = 0x336e_c578;

/// `hvm_start_info`, version 1.
#[derive(Clone, Copy)]
#[repr(C)]
struct StartInformation {
    magic: u32,
    version: u32,
    flags: u32,
    modules: u32,
    module_list: u64,
    command_line: u64,
    rsdp: u64,
    memory_map: u64,
    memory_map_entries: u32,
    reserved: u32,
}

/// `hvm_modlist_entry`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Module {
    address: u64,
    size: u64,
    command_line: u64,
    reserved: u64,
}

/// `hvm_memmap_table_entry`.
#[derive(Clone, Copy)]
#[repr(C)]
struct MemoryMapEntry {
    address: u64,
    size: u64,
    kind: u32,
    reserved: u32,
}

/// Goes on with the start information at physical address `information`.
pub fn start(information: u64) -> ! {
    let mut info = BootInfo::new(Firmware::Pvh);
    // SAFETY: PVH gives the address of this structure in memory that is mapped to itself; the
    // magic is checked before anything in it is believed.
    let start = unsafe { read::<StartInformation>(information) };
    if start.magic != START_MAGIC {
        stop!("started in an unknown way: neither Multiboot 2 nor PVH");
    }
    if start.version < 1 {
        stop!("the PVH loader gives no memory map (start information version {})", start.version);
    }
    info.rsdp = (start.rsdp != 0).then_some(start.rsdp);
    for index in 0..u64::from(start.memory_map_entries) {
        let size = size_of::<MemoryMapEntry>() as u64;
        // SAFETY: the loader gives that many entries at this address.
        let entry = unsafe { read::<MemoryMapEntry>(start.memory_map + index * size) };
        if let Some(kind) = memory_kind(entry.kind) {
            let end = entry.address.saturating_add(entry.size);
            info.add_memory(kind, Range { start: entry.address, end });
        }
    }
    let module = (start.modules > 0).then(|| {
        // SAFETY: the loader gives at least one entry at this address.
        let module = unsafe { read::<Module>(start.module_list) };
        Range { start: module.address, end: module.address.saturating_add(module.size) }
    });
    // SAFETY: the loader put the module there; all of it is free for us and mapped to itself.
    unsafe { archive::boot(info, module) }
}

/// What an entry of an address map of ACPI (6.5, table 15.4) holds for us.
pub fn memory_kind(kind: u32) -> Option<MemoryKind> {
    match kind {
        1 => Some(MemoryKind::Usable),
        3 | 4 => Some(MemoryKind::Acpi),
        _ => None,
    }
}

/// Reads a `T` at `address`.
///
/// # Safety
/// The address must be mapped, and any content must be a valid `T`.
pub unsafe fn read<T: Copy>(address: u64) -> T {
    // SAFETY: passed on to the caller.
    unsafe { (address as *const T).read_unaligned() }
}
