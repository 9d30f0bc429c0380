//! A monitor's models of the devices of a PC that are not on PCI.
//!
//! Every model is a state machine without a clock of its own: what needs time takes `now`, ticks of
//! the guest's TSC since the world began (as the kernel counts them; a guest that writes its TSC
//! changes nothing here). A model says when it wants to be looked at next (`next_deadline`), and does
//! what is due when `advance` is called. However late that is, the work is bounded: what should have
//! happened often in between happens once.
//!
//! Everything a guest writes is hostile: each register takes any value, nothing here panics.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod i8042;
pub mod io_apic;
pub mod local_apic;
pub mod message;
pub mod pic;
pub mod pit;
mod platform;
pub mod power;
mod rate;
pub mod rtc;
pub mod serial;

pub use platform::{Configuration, Event, MAXIMUM_PROCESSORS, Platform};
