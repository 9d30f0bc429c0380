//! Tests that boot the appliance.

#![forbid(unsafe_code)]

mod bochs;
mod crash;
mod damaged_files;
mod firmware;
mod protections;
mod reproducible;
