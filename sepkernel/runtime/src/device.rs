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

    /// The events that its messages raise; 0 where it has none.
    #[must_use]
    pub const fn events(&self) -> u64 {
        let DeviceInfo { event, messages, .. } = self.info;
        1_u64.unbounded_shl(*messages).wrapping_sub(1).unbounded_shl(*event)
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

    /// Reads 8 bits. None behind the end.
    #[must_use]
    pub fn read_byte(&self, offset: u64) -> Option<u8> {
        self.load(offset)
    }

    /// Reads 16 bits, at a multiple of 2 bytes. None behind the end.
    #[must_use]
    pub fn read_short(&self, offset: u64) -> Option<u16> {
        self.load(offset)
    }

    /// Reads 32 bits, at a multiple of 4 bytes. None behind the end.
    #[must_use]
    pub fn read(&self, offset: u64) -> Option<u32> {
        self.load(offset)
    }

    /// Writes 8 bits; nothing behind the end.
    pub fn write_byte(&self, offset: u64, value: u8) {
        self.store(offset, value);
    }

    /// Writes 16 bits, at a multiple of 2 bytes; nothing behind the end.
    pub fn write_short(&self, offset: u64, value: u16) {
        self.store(offset, value);
    }

    /// Writes 32 bits, at a multiple of 4 bytes; nothing behind the end.
    pub fn write(&self, offset: u64, value: u32) {
        self.store(offset, value);
    }

    /// Writes 64 bits, at a multiple of 8 bytes; nothing behind the end.
    pub fn write_wide(&self, offset: u64, value: u64) {
        self.store(offset, value);
    }

    fn load<T: Register>(&self, offset: u64) -> Option<T> {
        let place = self.place::<T>(offset)?;
        // SAFETY: the registers are mapped there for good, and `place` saw that it is one of them; it can
        // hold any bits.
        Some(unsafe { with_exposed_provenance::<T>(place).read_volatile() })
    }

    fn store<T: Register>(&self, offset: u64, value: T) {
        if let Some(place) = self.place::<T>(offset) {
            // SAFETY: as above.
            unsafe { with_exposed_provenance_mut::<T>(place).write_volatile(value) }
        }
    }

    fn place<T>(&self, offset: u64) -> Option<usize> {
        let size = size_of::<T>() as u64;
        let end = offset.checked_add(size)?;
        let is_one = offset.is_multiple_of(size) && end <= self.memory.size;
        is_one.then_some((self.memory.address + offset) as usize)
    }
}

/// What a register holds: any bits are a value of it.
trait Register: Copy {}
impl Register for u8 {}
impl Register for u16 {}
impl Register for u32 {}
impl Register for u64 {}

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
