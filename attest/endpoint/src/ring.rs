//! Frames by two ring channels: a network's, between its driver and a subject on it.

use cloister_ring::{Reader, Writer};

use crate::wire::{FRAME, Wire};

/// Shortest frame that has an Ethernet header.
const HEADER: usize = 14;

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
        let length = self.incoming.read(frame)?.length;
        // What is no frame is an empty one, which the stack ignores.
        Some(if (HEADER..=FRAME).contains(&length) { length } else { 0 })
    }

    fn send(&mut self, frame: &[u8]) {
        // A channel of networks has room for every frame.
        let _ = self.outgoing.write(frame);
    }
}
