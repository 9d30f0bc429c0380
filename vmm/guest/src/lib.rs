//! How a monitor loads its guest, decodes its instructions and describes the machine to it.
//!
//! All of it is plain Rust over [`cloister_device::GuestMemory`], without an allocator, and all that a
//! guest supplies is hostile. A defect here harms the monitor's own world at most.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod acpi;
pub mod cpu;
pub mod decode;
pub mod emulate;
pub mod load;
pub mod paging;
