//! An entry of the I/O APIC's redirection table.

use crate::message::{Delivery, Destination, Message};

/// Where an input's interrupts go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Entry(u64);

impl Entry {
    const LOGICAL: u64 = 1 << 11;
    /// The interrupt has been sent and its end has not been told (remote IRR).
    const IN_SERVICE: u64 = 1 << 14;
    const LEVEL: u64 = 1 << 15;
    const MASK: u64 = 1 << 16;
    /// Vector, delivery, destination mode, polarity, trigger, mask, destination.
    const WRITABLE: u64 = 0xff00_0000_0001_afff;

    /// As after reset.
    pub(super) const MASKED: Self = Self(Self::MASK);

    pub(super) const fn level_triggered(self) -> bool {
        self.0 & Self::LEVEL != 0
    }

    pub(super) const fn masked(self) -> bool {
        self.0 & Self::MASK != 0
    }

    /// Level-triggered, not masked, not in service.
    pub(super) const fn open_level(self) -> bool {
        self.0 & (Self::LEVEL | Self::MASK | Self::IN_SERVICE) == Self::LEVEL
    }

    pub(super) const fn half(self, upper: bool) -> u32 {
        if upper { (self.0 >> 32) as u32 } else { self.0 as u32 }
    }

    pub(super) fn set_half(&mut self, upper: bool, value: u32) {
        let value = u64::from(value);
        let (kept, written) =
            if upper { (0xffff_ffff, value << 32) } else { (!0xffff_ffff, value) };
        let in_service = self.0 & Self::IN_SERVICE;
        self.0 = (self.0 & kept | written) & Self::WRITABLE | in_service;
        // Systems without an end-of-interrupt register end by making the entry an edge.
        if !self.level_triggered() {
            self.0 &= !Self::IN_SERVICE;
        }
    }

    /// The vector's handler has ended. True if this entry waited for that.
    pub(super) fn end(&mut self, vector: u8) -> bool {
        let ended = self.0 & Self::IN_SERVICE != 0 && self.0 as u8 == vector;
        if ended {
            self.0 &= !Self::IN_SERVICE;
        }
        ended
    }

    /// What to send now; nothing if it was masked or the level has fallen since.
    pub(super) fn send(&mut self, asserted: bool) -> Option<Message> {
        let level = self.level_triggered();
        if self.masked() || level && (!asserted || !self.open_level()) {
            return None;
        }
        let delivery = Delivery::from_bits((self.0 >> 8) as u32)?;
        let level_triggered = level && delivery.has_vector();
        if level_triggered {
            self.0 |= Self::IN_SERVICE;
        }
        Some(Message {
            destination: Destination::of_eight_bits(
                (self.0 >> 56) as u32,
                self.0 & Self::LOGICAL != 0,
            ),
            delivery,
            vector: self.0 as u8,
            level_triggered,
        })
    }
}
