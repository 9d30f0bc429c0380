//! What a network device is connected to.

use super::RECORD;

/// What became of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Sent {
    /// It is on its way.
    Accepted,
    /// Never: it does not belong on this link.
    Refused,
}

/// One end of a link. What it carries are records: the header of [`super::Offload`] and a frame, from the
/// destination address on, without checksum. The other end may be anybody's: what comes is checked
/// by the device that receives it.
pub trait Link {
    /// Room for a record to send.
    fn outgoing(&mut self) -> &mut [u8; RECORD];

    /// Sends so many bytes of that room.
    fn send(&mut self, length: usize) -> Sent;

    /// Takes the next record into [`Self::incoming`] and returns its length, if there is one. One that
    /// is longer than the room is the link's to drop.
    fn receive(&mut self) -> Option<usize>;

    /// The record that was received last.
    fn incoming(&mut self) -> &mut [u8; RECORD];

    /// Whether what was sent has brought an answer that can be received at once.
    fn has_answer(&self) -> bool {
        false
    }
}
