//! What other processors may change of a subject: its pending events and the requests on it.
//!
//! Senders only set bits, the owner's processor only clears them, so no order between processors
//! matters and no lock is needed. A sender learns nothing: it never reads.

use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use cloister_abi::Command;

use super::{CommandSet, EventBit};

/// Bits of the requests: those of commands, and two more for worlds with several virtual processors.
const COMMANDS: u8 = 0b1_1111;
const FOLLOWER_ENDED: u8 = 1 << 5;
const USING: u8 = 1 << 6;

/// What those that follow a subject are to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Wish {
    /// In which incarnation.
    pub(crate) incarnation: u64,
    /// How.
    pub(crate) life: Life,
}

/// Whether a subject runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Life {
    /// It does.
    Runs = 0,
    /// Not at present; it will go on where it was.
    Pauses = 1,
    /// Not any more.
    Rests = 2,
}

/// One subject's mailbox.
#[derive(Debug, Default)]
pub struct Mailbox {
    events: AtomicU64,
    requests: AtomicU8,
    wish: AtomicU64,
}

impl Mailbox {
    /// A mailbox with this in it.
    #[must_use]
    pub const fn new(events: u64, requests: CommandSet) -> Self {
        Self {
            events: AtomicU64::new(events),
            requests: AtomicU8::new(requests.0),
            wish: AtomicU64::new(0),
        }
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
        CommandSet(self.requests.fetch_and(!COMMANDS, Ordering::AcqRel) & COMMANDS)
    }

    /// The requests that are waiting.
    #[must_use]
    pub fn requests(&self) -> CommandSet {
        CommandSet(self.requests.load(Ordering::Acquire) & COMMANDS)
    }

    /// One that follows this subject has come to an end.
    pub(crate) fn report_end(&self) {
        self.requests.fetch_or(FOLLOWER_ENDED, Ordering::AcqRel);
    }

    /// Takes whether one that follows has come to an end. Only the owner's processor does this.
    pub(crate) fn take_end(&self) -> bool {
        self.requests.fetch_and(!FOLLOWER_ENDED, Ordering::AcqRel) & FOLLOWER_ENDED != 0
    }

    /// The owner's processor says what those that follow this subject are to do. What they have to do
    /// follows from the last wish alone, so that none can be missed.
    pub(crate) fn set_wish(&self, wish: Wish) {
        self.wish.store(wish.incarnation << 2 | wish.life as u64, Ordering::Release);
    }

    /// What those that follow this subject are to do.
    pub(crate) fn wish(&self) -> Wish {
        let word = self.wish.load(Ordering::Acquire);
        let life = match word & 3 {
            0 => Life::Runs,
            1 => Life::Pauses,
            _ => Life::Rests,
        };
        Wish { incarnation: word >> 2, life }
    }

    /// The owner's processor says whether the subject may still use its memory.
    pub(crate) fn set_using(&self, using: bool) {
        if using {
            self.requests.fetch_or(USING, Ordering::AcqRel);
        } else {
            self.requests.fetch_and(!USING, Ordering::AcqRel);
        }
    }

    /// Whether the subject may still use its memory.
    pub(crate) fn is_using(&self) -> bool {
        self.requests.load(Ordering::Acquire) & USING != 0
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
