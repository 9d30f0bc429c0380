//! What other processors may change of a subject: its pending events and the requests on it.
//!
//! Senders only set bits, the owner's processor only clears them, so no order between processors
//! matters and no lock is needed. A sender learns nothing: it never reads.

use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use cloister_abi::Command;

use super::{CommandSet, EventBit};

/// One subject's mailbox.
#[derive(Debug, Default)]
pub struct Mailbox {
    events: AtomicU64,
    requests: AtomicU8,
}

impl Mailbox {
    /// A mailbox with this in it.
    #[must_use]
    pub const fn new(events: u64, requests: CommandSet) -> Self {
        Self { events: AtomicU64::new(events), requests: AtomicU8::new(requests.0) }
    }

    /// A sender raises an event. It stays pending until the receiver takes it, also over stop,
    /// pause and restart: who is waited for must not be able to lose it.
    pub fn raise(&self, bit: EventBit) {
        self.raise_mask(bit.mask());
    }

    /// The kernel raises events of its own.
    pub(crate) fn raise_mask(&self, mask: u64) {
        self.events.fetch_or(mask, Ordering::AcqRel);
    }

    /// The pending events. Only the owner's processor asks.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Acquire)
    }

    /// Takes those pending events that are in the mask; the others stay. Only the owner's processor
    /// does this.
    #[must_use]
    pub fn take(&self, mask: u64) -> u64 {
        self.events.fetch_and(!mask, Ordering::AcqRel) & mask
    }

    /// Somebody who has the right asks for a command.
    pub fn request(&self, command: Command) {
        self.requests.fetch_or(CommandSet::of(command).0, Ordering::AcqRel);
    }

    /// Takes all requests. Only the owner's processor does this.
    #[must_use]
    pub fn take_requests(&self) -> CommandSet {
        CommandSet(self.requests.swap(0, Ordering::AcqRel))
    }

    /// The requests that are waiting.
    #[must_use]
    pub fn requests(&self) -> CommandSet {
        CommandSet(self.requests.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_leaves_what_the_mask_does_not_name() {
        let mailbox = Mailbox::default();
        for bit in [0, 3, 61] {
            mailbox.raise(EventBit::new(bit).unwrap());
        }
        assert_eq!(mailbox.take(0b1001), 0b1001);
        assert_eq!(mailbox.take(0b1001), 0);
        assert_eq!(mailbox.events(), 1 << 61);
    }

    #[test]
    fn requests_are_taken_once() {
        let mailbox = Mailbox::default();
        mailbox.request(Command::Pause);
        mailbox.request(Command::Stop);
        assert_eq!(mailbox.take_requests().strongest(), Some(Command::Stop));
        assert_eq!(mailbox.take_requests().strongest(), None);
    }
}
