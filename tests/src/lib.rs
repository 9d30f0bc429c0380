//! What tests that boot the whole appliance share: the appliance, machines, and looking into them.
//!
//! A test that waits for a machine always ends: with what it waits for, or with the machine's last
//! lines as the message.

#![forbid(unsafe_code)]

pub mod appliance;
pub mod audit;
pub mod desk;
pub mod disk;
pub mod memory;
pub mod page_tables;
pub mod registers;
pub mod running;
pub mod sight;
mod slot;
