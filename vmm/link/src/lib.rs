//! A network link between worlds: which of its members a frame goes to, and what a one-way link
//! answers to its sender.
//!
//! A link has no switch of its own and nothing that learns: the policy knows every member and its
//! address, the sending monitor chooses the channels by them, and the receiving monitor looks again.
//! What is here decides and touches neither channels nor memory; `vmm/monitor` carries it out.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod neighbour;
mod switch;

pub use neighbour::{ANSWER_BYTES, Answer, answer};
pub use switch::{ALL_RECEIVERS, Destination, MacAddress, comes_from, destination, is_for};
