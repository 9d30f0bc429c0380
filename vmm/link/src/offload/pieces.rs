//! A record as a network carries it: whole frames, with all checksums.

use super::{HEADER, Offload, checksum, segment};

/// What is left to send of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pieces {
    offload: Offload,
    next: usize,
    count: usize,
}

impl Pieces {
    /// All of a record that anybody made: a header and a frame, whose checksum is summed up in its place
    /// if that was left to do. None if what the header says is not true of the frame.
    #[must_use]
    pub fn of(record: &mut [u8]) -> Option<Self> {
        let (header, frame) = record.split_first_chunk_mut::<HEADER>()?;
        let offload = Offload::checked(header, frame, frame.len())?;
        let count = match offload {
            Offload::Nothing => 1,
            Offload::Checksum { start, offset } => {
                checksum::complete(frame, start, offset);
                1
            }
            Offload::Segments { layers, size } => segment::count(frame.len(), &layers, size),
        };
        Some(Self { offload, next: 0, count })
    }

    /// Writes the next frame of the record, which must be the same, to the beginning of `into` and returns
    /// its length; none after the last one. What does not fit is left out: it is lost, as on a wire.
    pub fn next(&mut self, record: &[u8], into: &mut [u8]) -> Option<usize> {
        let frame = record.get(HEADER..)?;
        while self.next < self.count {
            let number = self.next;
            self.next += 1;
            let written = match self.offload {
                Offload::Segments { layers, size } => {
                    segment::cut(frame, &layers, size, number, into)
                }
                _ => into.get_mut(..frame.len()).map(|place| {
                    place.copy_from_slice(frame);
                    frame.len()
                }),
            };
            if written.is_some() {
                return written;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FRAME, SHORTEST};
    use super::*;
    use std::vec::Vec;

    /// All frames of a record.
    fn frames(mut record: Vec<u8>) -> Option<Vec<Vec<u8>>> {
        let mut pieces = Pieces::of(&mut record)?;
        let mut room = [0; FRAME];
        let next = || pieces.next(&record, &mut room).map(|length| room[..length].to_vec());
        Some(core::iter::from_fn(next).collect())
    }

    #[test]
    fn a_record_with_nothing_left_to_do_is_its_frame_once() {
        let frame = [7; 60];
        let record = [&Offload::Nothing.header(0)[..], &frame].concat();
        assert_eq!(frames(record), Some(Vec::from([frame.to_vec()])));
    }

    #[test]
    fn a_checksum_is_summed_up_where_it_belongs() {
        let mut frame = [0; 60];
        frame[20] = 0x12;
        let record = [&Offload::Checksum { start: 20, offset: 4 }.header(0)[..], &frame].concat();
        frame[24..26].copy_from_slice(&(!0x1200_u16).to_be_bytes());
        assert_eq!(frames(record), Some(Vec::from([frame.to_vec()])));
    }

    #[test]
    fn a_checksum_over_the_addresses_is_none() {
        // It would change who the frame is from after that was looked at.
        for (start, offset) in [(0, 6), (6, 0), (13, 20)] {
            let header = Offload::Checksum { start, offset }.header(0);
            assert_eq!(frames([&header[..], &[2; 60]].concat()), None);
        }
    }

    #[test]
    fn what_is_no_frame_has_no_pieces() {
        let header = Offload::Nothing.header(0);
        for length in [0, SHORTEST - 1, FRAME + 1] {
            assert_eq!(frames([&header[..], &std::vec![2; length]].concat()), None);
        }
        assert_eq!(frames(header[1..].to_vec()), None);
    }
}
