//! A monitor's PCI host and its virtio 1.x devices over PCI.
//!
//! The monitor owns a [`pci::Bus`] with one function in each slot that it uses, mostly those of
//! [`Peripheral`]. It hands the guest's accesses to the bus, feeds the devices (keys, console input)
//! through [`pci::Bus::function`], and calls [`pci::Bus::process`] when there is something to do.
//!
//! All state is in these structures: no allocator, no globals, no clock. The guest is hostile: each
//! field of a queue is read once, every loop ends at a constant of ours, a queue that breaks the
//! rules stops its own device only ([`queue::Malformed`]), and nothing outside the buffers that
//! the driver gave is written.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "hostile"))]
extern crate std;

pub mod assigned;
pub mod block;
mod bytes;
pub mod channel;
pub mod console;
#[cfg(any(test, feature = "hostile"))]
pub mod hostile;
pub mod input;
pub mod network;
pub mod pci;
mod peripheral;
pub mod queue;
pub mod random;
#[cfg(test)]
mod testing;
pub mod transport;

pub use peripheral::Peripheral;

/// Whether a device is through with what it was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Progress {
    /// It is, until the driver or the monitor gives it more.
    Done,
    /// There is more, left for later so that one call stays short: call `process` again.
    More,
}

impl Progress {
    /// What two devices together are.
    pub fn and(self, other: Self) -> Self {
        if self == Self::More { self } else { other }
    }
}

/// What a device reaches outside itself while it works.
#[derive(Debug)]
pub struct Environment<'a, M: ?Sized, I: ?Sized> {
    /// The guest's memory.
    pub memory: &'a M,
    /// Where interrupts go.
    pub interrupts: &'a mut I,
}
