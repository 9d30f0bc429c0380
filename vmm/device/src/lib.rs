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
#[cfg(any(test, feature = "host"))]
mod host_record;
mod interrupt;
mod memory;
mod width;

/// Bytes of memory that other subjects see, too.
pub use cloister_ring::Piece as SharedBytes;
#[cfg(any(test, feature = "host"))]
pub use host::{HostMemory, Raised, Recorder};
#[cfg(any(test, feature = "host"))]
pub use host_record::HostRecord;
pub use interrupt::Interrupts;
pub use memory::{GuestMemory, OutOfRange};
pub use width::Width;
