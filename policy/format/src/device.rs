//! Physical devices and their owners.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::SubjectIndex;

/// A device that one subject owns. What no device record names is disabled at boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device<'a> {
    /// The policy's name for it.
    pub name: &'a str,
    /// How it is found.
    pub selector: DeviceSelector,
    /// Who alone may use it and gets its interrupts.
    pub owner: SubjectIndex,
    /// The IOMMU group that the policy expects it in.
    pub iommu_group: Option<u16>,
    /// Whether it may write memory by itself.
    pub dma: bool,
    /// Its legacy interrupt line, when the policy names one.
    pub interrupt: Option<u8>,
}

/// How a device is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeviceSelector {
    /// The only PCI function with this base class and subclass.
    Class {
        /// Base class (PCI Code and ID Assignment Specification).
        base: u8,
        /// Subclass.
        sub: u8,
    },
    /// The only PCI function with these numbers.
    Identity {
        /// Vendor.
        vendor: u16,
        /// Device.
        device: u16,
    },
    /// The PCI function at this place.
    Address(PciAddress),
    /// A device of the PC that is not on PCI.
    Legacy(LegacyDevice),
}

impl fmt::Display for DeviceSelector {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class { base, sub } => write!(text, "of class {base:02x}:{sub:02x}"),
            Self::Identity { vendor, device } => write!(text, "{vendor:04x}:{device:04x}"),
            Self::Address(PciAddress { segment, bus, device, function }) => {
                write!(text, "at {segment:04x}:{bus:02x}:{device:02x}.{function}")
            }
            Self::Legacy(_) => write!(text, "that is not on PCI"),
        }
    }
}

/// The place of a PCI function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PciAddress {
    /// Segment group.
    pub segment: u16,
    /// Bus.
    pub bus: u8,
    /// Device, 0 to 31.
    pub device: u8,
    /// Function, 0 to 7.
    pub function: u8,
}

/// A device of the PC at fixed I/O ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LegacyDevice {
    /// i8042: ports 0x60 and 0x64, interrupts 1 and 12.
    KeyboardController,
    /// MC146818: ports 0x70 and 0x71, interrupt 8.
    RealTimeClock,
    /// 16550: ports 0x3f8 to 0x3ff, interrupt 4.
    SerialPort,
    /// VGA registers: ports 0x3b0 to 0x3df.
    Vga,
}

impl LegacyDevice {
    /// The device's ports, as first and last.
    pub const fn ports(self) -> (u16, u16) {
        match self {
            Self::KeyboardController => (0x60, 0x64),
            Self::RealTimeClock => (0x70, 0x71),
            Self::SerialPort => (0x3f8, 0x3ff),
            Self::Vga => (0x3b0, 0x3df),
        }
    }
}
