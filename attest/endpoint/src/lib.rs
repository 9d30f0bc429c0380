//! The attester's TCP endpoint (`docs/evidence.md`, "Exchange"): two connections at a time, one request each,
//! and a deadline.
//!
//! It speaks Ethernet frames over a [`Wire`], whoever carries them. Its addresses are the link-local one of
//! IPv6 that its Ethernet address gives (RFC 4291, 2.5.6), and what DHCP assigns. Memory is static, and work
//! is bounded: a poll takes [`AT_ONCE`] frames at most.

#![no_std]
#![forbid(unsafe_code)]

mod address;
mod connection;
mod endpoint;
mod ring;
mod wire;

pub use address::link_local;
pub use endpoint::{Endpoint, Memory, Settings};
pub use ring::RingWire;
pub use wire::{AT_ONCE, FRAME, Polled, Wire};
