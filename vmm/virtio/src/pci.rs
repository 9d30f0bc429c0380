//! A PCI host with one bus of 32 slots (PCI Local Bus Specification 3.0; PCI Firmware
//! Specification 3.3 for the enhanced configuration access mechanism).
//!
//! Each slot holds one function. Base address registers have addresses from the start, as after
//! firmware, and the guest may move them inside two fixed windows.

mod bar;
mod bus;
mod configuration;
mod endpoint;
mod function;
mod host_bridge;
mod lines;
mod mechanism;
mod msix;
#[cfg(test)]
mod tests;
mod window;

pub use bar::Bar;
pub use bus::{Bus, InsertError};
pub use configuration::{Configuration, Identity};
pub use endpoint::Endpoint;
pub use function::Function;
pub use host_bridge::HostBridge;
pub use lines::interrupt_of_slot;
pub use mechanism::{ADDRESS_PORT, DATA_PORT};
pub use msix::{MsiX, VECTORS};
pub use window::{Layout, Window};

/// The vendor number of functions that are neither virtio's nor a copy of a real product: the one
/// that pid.codes gives to open hardware on USB, with its numbers 1 to 16 for private tests. PCI has
/// no such range of its own; no Linux driver claims this pair.
pub const VENDOR: u16 = 0x1209;
/// Device number of the host bridge.
pub const HOST_BRIDGE: u16 = 0x0001;
/// Device number of a channel's function.
pub const CHANNEL: u16 = 0x0002;

/// Slots of a bus.
pub const SLOTS: usize = 32;
/// Size of the ECAM region: one bus of 32 devices of 8 functions of 4 KiB.
pub const ECAM_SIZE: u64 = 1 << 20;
