//! Events: one bit from a sender to a receiver, along the static table and nowhere else.

use cloister_abi::EVENT_BITS;

use super::SubjectId;

/// A bit of a receiver's event word that senders can raise, 0 to 61.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct EventBit(u8);

impl EventBit {
    /// The bit with this number, if it is one that senders can raise.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < EVENT_BITS { Some(Self(number)) } else { None }
    }

    /// The word in which only this bit is set.
    #[must_use]
    pub const fn mask(self) -> u64 {
        1_u64.wrapping_shl(self.0 as u32)
    }
}

/// Where an event goes. Each sender, and each device interrupt, has a table of these; a number
/// that is not in the table reaches nobody.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct EventTarget {
    /// Who receives it.
    pub receiver: SubjectId,
    /// As which bit.
    pub bit: EventBit,
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloister_abi::{FRAME_EVENT, TIMER_EVENT};

    #[test]
    fn senders_have_every_bit_but_the_kernels() {
        assert_eq!(EventBit::new(0).map(EventBit::mask), Some(1));
        assert_eq!(EventBit::new(61).map(EventBit::mask), Some(1 << 61));
        assert_eq!(EventBit::new(62), None);
        let kernels = FRAME_EVENT | TIMER_EVENT;
        assert!((0..=255).filter_map(EventBit::new).all(|bit| bit.mask() & kernels == 0));
    }
}
