//! The boot program. Firmware starts it in one of three ways; it checks the bundle, builds what the
//! resident kernel runs on, starts it, and is gone: its memory is scrubbed and unmapped at lock.
//!
//! It may stop at any point, with a message that says what is wrong. It must never use anything of
//! the bundle that it has not checked, nor leave a page writable and executable.

#![no_std]
#![no_main]

mod acpi;
mod address_space;
mod announce;
mod arena;
mod boot;
mod boot_info;
mod bundle;
mod clock;
mod demand;
mod desk;
mod devices;
mod entry;
mod frames;
mod identity;
mod image;
mod info_page;
mod iommu;
mod isolation;
mod kernel;
mod measure;
mod partition;
mod pci;
mod policy;
mod ports;
mod program;
mod schedule;
#[cfg(feature = "self-test")]
#[path = "../self_test.rs"]
mod self_test;
mod stop;
mod subject;
mod time_of_day;
mod topology;
mod trampoline;
mod virtual_processors;
mod world;
mod world_channels;

// Brings the memory functions that `core` calls.
use cloister_freestanding as _;
