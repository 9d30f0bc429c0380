//! The machine that an appliance runs on: QEMU with a TPM, or Bochs.

pub mod bochs;
pub mod display;
pub mod enrolment;
pub mod firmware;
pub mod interrupt;
pub mod maker;
pub mod options;
pub mod process;
pub mod qemu;
pub mod qmp;
pub mod run_directory;
pub mod running;
pub mod serial;
pub mod tpm;

pub use firmware::BootMedia;
pub use options::Options;
pub use running::{Event, Machine};
