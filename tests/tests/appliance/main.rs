//! Tests that boot the appliance.

#![forbid(unsafe_code)]

mod audit;
mod bochs;
mod components;
mod control;
mod crash;
mod damaged_files;
mod demand;
mod devices;
mod firmware;
mod isolation;
mod network;
mod probe;
mod protections;
mod refused_policies;
mod reproducible;
mod rollback;
mod secure_boot;
mod time;
mod worlds;
