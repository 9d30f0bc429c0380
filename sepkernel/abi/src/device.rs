//! The device page: what a component, or the monitor of a world, is told of the PCI functions that are its own, read-only.

use crate::{NAME_BYTES, Name};

/// Where a component with devices finds the page.
pub const DEVICES_ADDRESS: u64 = crate::INFO_ADDRESS + 0x300_0000;

/// First word of the page.
pub const DEVICES_MAGIC: u64 = u64::from_le_bytes(*b"CLDEVC01");

/// Bytes of it, in whole pages.
pub const DEVICE_PAGE_BYTES: usize = 4096;

/// PCI functions that one component can have.
pub const MAX_DEVICES: usize = 8;

/// Where guests see registers: first guest-physical address, and size.
pub const GUEST_REGISTERS: (u64, u64) = (0xc800_0000, 0x800_0000);

/// Registers of a function that lie in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct DeviceMemory {
    /// Where the component sees them, or the guest; 0 where the function has none.
    pub address: u64,
    /// Bytes.
    pub size: u64,
}

/// A PCI function. Its owner has its registers, and no way to its configuration space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct DeviceInfo {
    /// The policy's name for it.
    pub name: Name,
    /// The registers at each of its base addresses.
    pub memory: [DeviceMemory; 6],
    /// The first 256 bytes of its configuration space, as they were at boot.
    pub configuration: [u32; 64],
    /// The device address at which the function sees the component's working memory, all of it and
    /// nothing else; 0 where it must not write memory. The function of a world sees the guest's memory where the guest does.
    pub window: u64,
    /// The bit of the event that the function's first message raises; those of its further messages follow.
    pub event: u32,
    /// How many of its messages raise events. They are switched on for good, and go nowhere else.
    pub messages: u32,
}

impl DeviceInfo {
    /// No device.
    pub const NONE: Self = Self {
        name: [0; NAME_BYTES],
        memory: [DeviceMemory { address: 0, size: 0 }; 6],
        configuration: [0; 64],
        window: 0,
        event: 0,
        messages: 0,
    };
}

/// The page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct DevicePage {
    /// [`DEVICES_MAGIC`].
    pub magic: u64,
    /// The functions, in the policy's order.
    pub devices: [DeviceInfo; MAX_DEVICES],
}

const _: () = assert!(size_of::<DevicePage>() <= DEVICE_PAGE_BYTES);
