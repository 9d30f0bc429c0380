//! The machine that an appliance runs on: QEMU with a TPM, or Bochs.

pub mod process;
