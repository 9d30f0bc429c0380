//! What a PVH loader tells (Xen, `public/arch-x86/hvm/start_info.h`).

use core::ffi::CStr;

const MAGIC: u32 = 0x336e_c578;
/// Entries of the memory map that are looked at.
const MOST_ENTRIES: u32 = 64;
/// `hvm_memmap_table_entry` of usable memory.
const USABLE: u32 = 1;

/// `hvm_start_info`, version 1.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct StartInformation {
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

/// `hvm_memmap_table_entry`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct MemoryMapEntry {
    address: u64,
    size: u64,
    kind: u32,
    reserved: u32,
}

impl MemoryMapEntry {
    /// The words that it says.
    pub fn words(self) -> [u64; 3] {
        [self.address, self.size, self.kind.into()]
    }

    /// Whether `address` lies in it.
    pub fn holds(self, address: u64) -> bool {
        address.checked_sub(self.address).is_some_and(|offset| offset < self.size)
    }
}

impl StartInformation {
    /// The structure at `address`, if it is one.
    ///
    /// # Safety
    /// The address must be mapped, with the memory map and command line that it refers to.
    pub unsafe fn read(address: u64) -> Option<Self> {
        // SAFETY: passed on to the caller.
        let read = unsafe { (address as *const Self).read_unaligned() };
        (read.magic == MAGIC && read.version >= 1).then_some(read)
    }

    /// The command line; empty if there is none, or if it is no text.
    pub fn command_line(&self) -> &'static str {
        if self.command_line == 0 {
            return "";
        }
        // SAFETY: the loader puts text with a zero at its end there, and nothing changes it.
        let line = unsafe { CStr::from_ptr(self.command_line as *const _) };
        line.to_str().unwrap_or_default()
    }

    /// The physical address of ACPI's root pointer; 0 if there is none.
    pub fn root_pointer(&self) -> u64 {
        self.rsdp
    }

    /// The memory map.
    pub fn memory_map(&self) -> impl Iterator<Item = MemoryMapEntry> + use<> {
        let start = self.memory_map;
        (0..self.memory_map_entries.min(MOST_ENTRIES)).map(move |index| {
            let size = size_of::<MemoryMapEntry>() as u64;
            // SAFETY: the loader puts that many entries there.
            unsafe { ((start + u64::from(index) * size) as *const MemoryMapEntry).read_unaligned() }
        })
    }

    /// Whether there is memory at `address`, or something that the loader left.
    pub fn is_memory(&self, address: u64) -> bool {
        self.memory_map().any(|entry| entry.holds(address))
    }

    /// A part of memory of `size` bytes below 4 GiB that nothing uses.
    pub fn free_memory(&self, size: u64) -> Option<u64> {
        unsafe extern "C" {
            static image_end: u8;
        }
        const PAGE: u64 = 4096;
        let end_of_image = (&raw const image_end) as u64;
        // A loader may have put its own things behind the program.
        const MARGIN: u64 = 2 << 20;
        self.memory_map().filter(|entry| entry.kind == USABLE).find_map(|entry| {
            let start = entry.address.max(end_of_image + MARGIN).next_multiple_of(PAGE);
            let end = entry.address.checked_add(entry.size)?.min(1 << 32);
            let after = start.checked_add(size)?;
            let used = |address: u64| (start..after).contains(&address);
            let things = [self.command_line, self.memory_map, self.module_list];
            (after <= end && !things.into_iter().any(used)).then_some(start)
        })
    }
}
