//! What a network device is connected to.

use cloister_device::{GuestMemory, SharedBytes};

use super::RECORD;
use crate::queue::{Cursor, Malformed};

/// What became of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Sent {
    /// It is on its way.
    Accepted,
    /// Never: it does not belong on this link.
    Refused,
}

/// Bytes of the beginning of a record, which is looked at: its header, and the longest headers of Ethernet,
/// IPv4 and TCP. What lies behind goes from one guest's memory to the link and from there to the other's,
/// and nobody looks at it.
pub const HEAD: usize = 192;

/// One end of a link. What it carries are records: the header of [`super::Offload`] and a frame, from the
/// destination address on, without checksum. The other end may be anybody's: what comes is checked
/// by the device that receives it.
pub trait Link {
    /// Sends a record: its first bytes, up to [`HEAD`] of them, and what is left of a chain. The link may
    /// change the first bytes.
    ///
    /// # Errors
    /// A buffer of the chain is not in memory.
    fn send<M: GuestMemory + ?Sized>(
        &mut self,
        head: &mut [u8],
        rest: &Cursor<'_>,
        memory: &M,
    ) -> Result<Sent, Malformed>;

    /// Copies the beginning of the next record, which stays the next one, and returns the length of the whole,
    /// if there is one. One that is longer than [`RECORD`] is the link's to drop.
    fn look(&mut self, head: &mut [u8; HEAD]) -> Option<usize>;

    /// What lies behind the beginning of the record that was looked at last. Whoever sent it may still
    /// change it.
    fn rest(&self) -> [SharedBytes<'_>; 2];

    /// Passes over the record that was looked at last. False if it was overwritten until now, and what was
    /// copied of it is worth nothing.
    fn pass(&mut self) -> bool;

    /// Takes the whole record that was looked at last into [`Self::room`], and returns its length. None if it
    /// was overwritten, or is not for this end.
    fn take(&mut self) -> Option<usize>;

    /// Room for a record that was taken.
    fn room(&mut self) -> &mut [u8; RECORD];

    /// Whether what was sent has brought an answer that was not looked at yet.
    fn has_answer(&self) -> bool {
        false
    }
}
