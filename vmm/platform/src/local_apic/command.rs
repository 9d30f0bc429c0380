//! The interrupt command register: what software sends to other processors.

use crate::message::{Delivery, Destination, Message};

/// Bits of the register.
const LOGICAL: u64 = 1 << 11;
const ASSERT: u64 = 1 << 14;
const LEVEL: u64 = 1 << 15;

/// What a command asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Command {
    /// Nothing: a reserved kind, or INIT's de-assertion, which processors since the P6 ignore.
    Nothing,
    /// A vector below 16.
    IllegalVector,
    /// A message.
    Send(Message),
}

impl Command {
    /// From the register, whose upper half names the destination: all of it in x2APIC mode, its highest
    /// eight bits otherwise.
    pub(super) fn from_register(value: u64, x2apic: bool) -> Self {
        let Some(delivery) = Delivery::from_bits((value >> 8) as u32) else { return Self::Nothing };
        let (number, logical) = ((value >> 32) as u32, value & LOGICAL != 0);
        let destination = match value >> 18 & 3 {
            1 => Destination::Sender,
            2 => Destination::All,
            3 => Destination::Others,
            _ if !x2apic => Destination::of_eight_bits(number >> 24, logical),
            _ if logical => Destination::Logical(number),
            _ => Destination::Physical(number),
        };
        let vector = value as u8;
        match delivery {
            Delivery::External | Delivery::SystemManagement => Self::Nothing,
            Delivery::Init if value & (ASSERT | LEVEL) == LEVEL => Self::Nothing,
            // To itself a processor can send vectors only; to a set with itself neither INIT nor a start.
            _ if destination == Destination::Sender && !delivery.has_vector() => Self::Nothing,
            Delivery::Init | Delivery::Startup if destination == Destination::All => Self::Nothing,
            _ if delivery.has_vector() && vector < 16 => Self::IllegalVector,
            _ => Self::Send(Message { destination, delivery, vector, level_triggered: false }),
        }
    }
}
