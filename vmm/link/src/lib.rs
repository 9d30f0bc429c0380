//! A network link between worlds: which of its members a frame goes to, and what a one-way link
//! answers to its sender; what a network's driver lets through between its port and its members; and
//! what a sender may leave to do of a frame.
//!
//! A link has no switch of its own and nothing that learns: the policy knows every member and its
//! address, the sending monitor chooses the channels by them, and the receiving monitor looks again.
//! What is here decides and touches neither channels nor memory; `vmm/monitor`, `vmm/virtio` and `guests/network-driver`
//! carry it out.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod neighbour;
pub mod offload;
mod port;
mod switch;

pub use neighbour::{ANSWER_BYTES, Answer, answer};
pub use offload::{FRAME, HEADER, Offload, Pieces, RECORD};
pub use port::{inward, outward};
pub use switch::{
    ALL_RECEIVERS, Destination, MacAddress, OUTSIDE, comes_from, destination, is_for,
};
