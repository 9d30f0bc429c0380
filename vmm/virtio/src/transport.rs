//! Virtio over PCI, modern devices only (virtio 1.2, sections 2.1 to 2.4 and 4.1).
//!
//! [`Virtio`] is everything but the device itself, which is a [`Device`].

mod common;
mod device;
mod function;
mod layout;
mod negotiation;
#[cfg(test)]
mod tests;
mod virtio;
mod window;

pub use device::{CHAINS, Device, QUEUES};
pub use layout::{COMMON, DEVICE, INTERRUPT_STATUS, NOTIFY, NOTIFY_STEP};
pub use negotiation::{
    ACKNOWLEDGE, DRIVER, DRIVER_OK, EVENT_INDEX, FAILED, FEATURES_OK, INDIRECT_DESCRIPTORS,
    NEEDS_RESET, VERSION_1,
};
pub use virtio::Virtio;
