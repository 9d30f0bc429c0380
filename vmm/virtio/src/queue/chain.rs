//! A chain of buffers, copied out of the descriptors.

use super::{Cursor, Malformed};

/// Buffers of a chain at most. Devices tell the driver where it can know (`seg_max`).
pub const MAX_SEGMENTS: usize = 64;

/// A buffer in the guest's memory, as the driver gave it: whether it is memory is seen on access.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Guest-physical address.
    pub address: u64,
    /// Bytes; the end does not wrap.
    pub length: u32,
}

/// The buffers of one request: those to read come first.
///
/// A device keeps one and fills it again and again: clearing it costs nothing.
#[derive(Clone, Debug)]
pub struct Chain {
    head: u16,
    segments: [Segment; MAX_SEGMENTS],
    count: usize,
    readable: usize,
    readable_length: u32,
    writable_length: u32,
}

impl Chain {
    /// A chain without buffers.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: 0,
            segments: [Segment { address: 0, length: 0 }; MAX_SEGMENTS],
            count: 0,
            readable: 0,
            readable_length: 0,
            writable_length: 0,
        }
    }

    /// Makes it the empty chain that begins with descriptor `head`.
    pub(super) fn start(&mut self, head: u16) {
        self.head = head;
        self.count = 0;
        self.readable = 0;
        self.readable_length = 0;
        self.writable_length = 0;
    }

    /// Appends a buffer.
    pub(super) fn add(&mut self, segment: Segment, writable: bool) -> Result<(), Malformed> {
        if !writable && self.readable != self.count {
            return Err(Malformed::Order);
        }
        segment.address.checked_add(segment.length.into()).ok_or(Malformed::Address)?;
        let total = if writable { &mut self.writable_length } else { &mut self.readable_length };
        *total = total.checked_add(segment.length).ok_or(Malformed::Length)?;
        *self.segments.get_mut(self.count).ok_or(Malformed::Chain)? = segment;
        self.count += 1;
        if !writable {
            self.readable = self.count;
        }
        Ok(())
    }

    /// The number of its first descriptor, by which it is given back.
    #[must_use]
    pub const fn head(&self) -> u16 {
        self.head
    }

    /// Bytes for the device to read.
    #[must_use]
    pub const fn readable_length(&self) -> u32 {
        self.readable_length
    }

    /// Bytes for the device to write.
    #[must_use]
    pub const fn writable_length(&self) -> u32 {
        self.writable_length
    }

    /// The buffers for the device to read, from their beginning.
    #[must_use]
    pub fn readable(&self) -> Cursor<'_> {
        let segments = self.segments.get(..self.readable).unwrap_or(&[]);
        Cursor::new(segments, self.readable_length)
    }

    /// The buffers for the device to write, from their beginning.
    #[must_use]
    pub fn writable(&self) -> Cursor<'_> {
        let segments = self.segments.get(self.readable..self.count).unwrap_or(&[]);
        Cursor::new(segments, self.writable_length)
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(address: u64, length: u32) -> Segment {
        Segment { address, length }
    }

    #[test]
    fn lengths_are_summed_with_checks() {
        let mut chain = Chain::new();
        chain.start(3);
        assert_eq!(chain.add(segment(0, u32::MAX), false), Ok(()));
        assert_eq!(chain.add(segment(0, 1), false), Err(Malformed::Length));
        assert_eq!(chain.add(segment(u64::MAX, 1), true), Err(Malformed::Address));
        assert_eq!(chain.add(segment(8, 1), true), Ok(()));
        assert_eq!((chain.readable_length(), chain.writable_length()), (u32::MAX, 1));
        assert_eq!(chain.add(segment(8, 1), false), Err(Malformed::Order));
        chain.start(0);
        assert_eq!((chain.readable_length(), chain.writable_length()), (0, 0));
    }

    #[test]
    fn it_has_room_for_so_many() {
        let mut chain = Chain::new();
        for _ in 0..MAX_SEGMENTS {
            assert_eq!(chain.add(segment(0, 1), true), Ok(()));
        }
        assert_eq!(chain.add(segment(0, 1), true), Err(Malformed::Chain));
    }
}
