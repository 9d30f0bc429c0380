//! What a network device is connected to.

/// What became of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Sent {
    /// It is on its way.
    Accepted,
    /// Not now: the device keeps it, and offers it again when it is processed the next time.
    Busy,
    /// Never: it does not belong on this link.
    Refused,
}

/// One end of a link.
pub trait Link {
    /// Sends a frame: from the destination address on, without checksum.
    fn send(&mut self, frame: &[u8]) -> Sent;

    /// Puts the next frame into the buffer and returns its length, if there is one. One that is longer
    /// than the buffer is the link's to drop.
    fn receive(&mut self, into: &mut [u8]) -> Option<usize>;

    /// Whether what was sent has brought an answer that can be received at once.
    fn has_answer(&self) -> bool {
        false
    }
}
