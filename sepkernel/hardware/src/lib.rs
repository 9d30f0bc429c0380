//! What the boot program and the resident kernel share: serial line, screen, processor tables,
//! exceptions, the crash record, and the contract by which one starts the other.
//!
//! Nothing here allocates, and nothing that the resident kernel uses formats through `core::fmt`,
//! whose code can panic.

#![no_std]

#[cfg(test)]
extern crate std;

pub mod console;
pub mod cpuid;
pub mod crash;
pub mod exception;
pub mod flush;
pub mod handoff;
pub mod layout;
pub mod local_apic;
pub mod processor;
pub mod protection;
pub mod screen;
pub mod serial;
pub mod svm;
pub mod svm_setup;
pub mod text;
