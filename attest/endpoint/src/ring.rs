//! Frames by two ring channels: a network's, between its driver and a subject on it. Each record is a header,
//! by which a sender could leave checksums to others, and a frame.

use cloister_link::{HEADER, Offload};
use cloister_ring::{Reader, Writer};

use crate::wire::{FRAME, Wire};

/// Shortest frame that has an Ethernet header.
const SHORTEST: usize = 14;

/// Both directions.
#[derive(Debug)]
pub struct RingWire<'a> {
    incoming: Reader<'a>,
    outgoing: Writer<'a>,
}

impl<'a> RingWire<'a> {
    /// The wire of these channels.
    #[must_use]
    pub fn new(incoming: Reader<'a>, outgoing: Writer<'a>) -> Self {
        Self { incoming, outgoing }
    }
}

impl Wire for RingWire<'_> {
    fn receive(&mut self, frame: &mut [u8; FRAME]) -> Option<usize> {
        let mut record = [0; HEADER + FRAME];
        let length = self.incoming.read(&mut record)?.length;
        // What is no frame is an empty one, which the stack ignores. What the header says does not matter: the
        // stack looks at every checksum.
        let came = record.get(HEADER..length).unwrap_or_default();
        if came.len() < SHORTEST {
            return Some(0);
        }
        let place = frame.get_mut(..came.len())?;
        place.copy_from_slice(came);
        Some(came.len())
    }

    fn send(&mut self, frame: &[u8]) {
        // A channel of networks has room for every frame.
        let _ = self.outgoing.write_parts(&[&Offload::Nothing.header(0), frame]);
    }
}
