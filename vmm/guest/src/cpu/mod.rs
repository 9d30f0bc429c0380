//! What loaders and the emulator need to know about a virtual processor's state.
//!
//! The state itself is that of the virtual processor's page ([`General`] and [`System`] of
//! `cloister-abi`); here are its architectural meaning and its values after reset.

pub mod flags;
mod mode;
mod register;
mod reset;
mod segment;

pub use cloister_abi::{General, Segment, Segments, System};
pub use mode::{Mode, privilege_level};
pub use register::Register;
pub use reset::State;
pub(crate) use segment::{FLAT_CODE_32, FLAT_CODE_64, FLAT_DATA};
pub use segment::{SegmentFault, SegmentName, linear_address};

/// Control register 0: protected mode.
pub const CR0_PE: u64 = 1 << 0;
/// Control register 0: extension type, always 1.
pub const CR0_ET: u64 = 1 << 4;
/// Control register 0: supervisor writes honour read-only pages.
pub const CR0_WP: u64 = 1 << 16;
/// Control register 0: not write-through, set at reset.
pub const CR0_NW: u64 = 1 << 29;
/// Control register 0: cache disable, set at reset.
pub const CR0_CD: u64 = 1 << 30;
/// Control register 0: paging.
pub const CR0_PG: u64 = 1 << 31;
/// Control register 4: 4 MiB pages.
pub const CR4_PSE: u64 = 1 << 4;
/// Control register 4: physical-address extension.
pub const CR4_PAE: u64 = 1 << 5;
/// Control register 4: 5-level paging.
pub const CR4_LA57: u64 = 1 << 12;
/// Control register 4: supervisor mode does not execute user pages.
pub const CR4_SMEP: u64 = 1 << 20;
/// Control register 4: supervisor mode does not access user pages.
pub const CR4_SMAP: u64 = 1 << 21;
/// Extended features: long mode enable.
pub const EFER_LME: u64 = 1 << 8;
/// Extended features: long mode active.
pub const EFER_LMA: u64 = 1 << 10;
/// Extended features: no-execute pages.
pub const EFER_NXE: u64 = 1 << 11;
