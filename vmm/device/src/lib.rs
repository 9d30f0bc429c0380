//! What all device models of a monitor share: how they see the guest's memory, how they raise
//! interrupts, and how wide an access is.
//!
//! A device model is plain Rust over these: it runs in the monitor in ring 3, and under `cargo test`
//! on the host. Everything that the guest supplies is hostile: a model reads each field once, checks
//! it, and bounds its loops by its own constants.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "host"))]
extern crate std;

#[cfg(any(test, feature = "host"))]
mod host;
mod interrupt;
mod memory;
mod width;

#[cfg(any(test, feature = "host"))]
pub use host::{HostMemory, Raised, Recorder};
pub use interrupt::Interrupts;
pub use memory::{GuestMemory, OutOfRange};
pub use width::Width;
