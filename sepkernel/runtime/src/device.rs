//! The component's devices: registers, and the memory that they share with it.

use core::ptr::{self, with_exposed_provenance, with_exposed_provenance_mut};
use core::slice;
use core::sync::atomic::AtomicU64;

use cloister_abi::{DEVICES_ADDRESS, DeviceInfo, DeviceMemory, DevicePage, INFO_ADDRESS, InfoPage};

/// A PCI function that the policy gives the component.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    /// What the boot program says of it.
    pub info: &'static DeviceInfo,
}

impl Device {
    /// All devices of the component, in the policy's order. None if the page is not the one that the kernel
    /// gave.
    pub fn all(info: &'static InfoPage) -> impl Iterator<Item = Self> {
        let is_given = ptr::from_ref(info).addr() as u64 == INFO_ADDRESS;
        let page = with_exposed_provenance::<DevicePage>(DEVICES_ADDRESS as usize);
        let devices = if is_given && info.device_count > 0 {
            // SAFETY: the boot program mapped the page there, if it says that there are devices; nobody
            // writes it.
            unsafe { (*page).devices.get(..info.device_count as usize) }.unwrap_or_default()
        } else {
            &[]
        };
        devices.iter().map(|info| Self { info })
    }

    /// The device with this name.
    #[must_use]
    pub fn named(info: &'static InfoPage, name: &str) -> Option<Self> {
        let is_it = |device: &Self| {
            let rest = device.info.name.strip_prefix(name.as_bytes());
            rest.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == 0))
        };
        Self::all(info).find(is_it)
    }

    /// The registers at a base address, 0 to 5, if the function has any there.
    #[must_use]
    pub fn registers(&self, base: usize) -> Option<DeviceRegisters> {
        let memory = *self.info.memory.get(base)?;
        (memory.size > 0).then_some(DeviceRegisters { memory })
    }
}

/// Registers of a device. What it is told by them can change the component's working memory and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct DeviceRegisters {
    memory: DeviceMemory,
}

impl DeviceRegisters {
    /// Where they are, and how many bytes.
    #[must_use]
    pub const fn memory(&self) -> DeviceMemory {
        self.memory
    }

    /// Reads 32 bits, at a multiple of 4 bytes. None behind the end.
    #[must_use]
    pub fn read(&self, offset: u64) -> Option<u32> {
        let place = self.place::<u32>(offset)?;
        // SAFETY: the registers are mapped there for good, and `place` saw that it is one of them.
        Some(unsafe { with_exposed_provenance::<u32>(place).read_volatile() })
    }

    /// Writes 32 bits, at a multiple of 4 bytes; nothing behind the end.
    pub fn write(&self, offset: u64, value: u32) {
        if let Some(place) = self.place::<u32>(offset) {
            // SAFETY: as above.
            unsafe { with_exposed_provenance_mut::<u32>(place).write_volatile(value) }
        }
    }

    /// Writes 64 bits, at a multiple of 8 bytes; nothing behind the end.
    pub fn write_wide(&self, offset: u64, value: u64) {
        if let Some(place) = self.place::<u64>(offset) {
            // SAFETY: as above.
            unsafe { with_exposed_provenance_mut::<u64>(place).write_volatile(value) }
        }
    }

    fn place<T>(&self, offset: u64) -> Option<usize> {
        let size = size_of::<T>() as u64;
        let end = offset.checked_add(size)?;
        let is_one = offset.is_multiple_of(size) && end <= self.memory.size;
        is_one.then_some((self.memory.address + offset) as usize)
    }
}

/// The component's working memory, which its devices read and write: word `n` at `8 * n` bytes behind the
/// [`window`](DeviceInfo::window) of each.
#[must_use]
pub fn shared_memory(info: &'static InfoPage) -> &'static [AtomicU64] {
    let is_given = ptr::from_ref(info).addr() as u64 == INFO_ADDRESS;
    let count = if is_given { info.memory_size as usize / size_of::<AtomicU64>() } else { 0 };
    let start = with_exposed_provenance(info.memory as usize);
    // SAFETY: the boot program mapped so much memory there for good, page by page and so aligned; what
    // else writes it are devices, which is what atomics are for.
    unsafe { slice::from_raw_parts(if count > 0 { start } else { ptr::dangling() }, count) }
}
