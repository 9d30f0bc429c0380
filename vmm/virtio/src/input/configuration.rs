//! The configuration: the driver selects a question and reads the answer (virtio 1.2, section 5.8.4).

use cloister_device::Width;

use super::{
    Kind, TABLET_LARGEST,
    capabilities::{ABSOLUTE, SYNCHRONIZATION},
};
use crate::{bytes, pci::VENDOR};

/// Bytes of it.
pub(super) const SIZE: u32 = 8 + ANSWER as u32;
/// Bytes of an answer at most.
const ANSWER: usize = 128;

/// Offsets of the fields.
const SELECT: u64 = 0;
const SUBSELECT: u64 = 1;
const LENGTH: u64 = 2;
const CONTENT: u64 = 8;

/// Questions.
const NAME: u8 = 1;
const IDENTITY: u8 = 3;
const EVENT_BITS: u8 = 0x11;
const ABSOLUTE_RANGE: u8 = 0x12;

/// A virtual bus, in the numbers of Linux.
const BUS_VIRTUAL: u16 = 6;

/// What is selected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selection {
    select: u8,
    subselect: u8,
}

impl Selection {
    /// Nothing.
    pub(super) const START: Self = Self { select: 0, subselect: 0 };

    /// Writes a field; only the two of the selection can be written.
    pub(super) fn write(&mut self, offset: u64, width: Width, value: u64) {
        match (offset, width) {
            (SELECT, Width::One) => self.select = value as u8,
            (SUBSELECT, Width::One) => self.subselect = value as u8,
            _ => {}
        }
    }

    /// Reads a field, or a part of the answer.
    pub(super) fn read(&self, kind: Kind, offset: u64, width: Width) -> u64 {
        let (answer, length) = self.answer(kind);
        match offset {
            SELECT => self.select.into(),
            SUBSELECT => self.subselect.into(),
            LENGTH => length as u64,
            CONTENT.. => {
                let within = usize::try_from(offset - CONTENT).unwrap_or(usize::MAX);
                bytes::load(&answer, within, width).unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// The answer and its length; 0 where there is none.
    fn answer(&self, kind: Kind) -> ([u8; ANSWER], usize) {
        let mut answer = [0; ANSWER];
        let length = match (self.select, self.subselect) {
            (NAME, 0) => fill(&mut answer, kind.name().bytes()),
            (IDENTITY, 0) => {
                let fields = [BUS_VIRTUAL, VENDOR, kind.product(), 1];
                fill(&mut answer, fields.into_iter().flat_map(u16::to_le_bytes))
            }
            // Every device synchronizes; the driver does not ask for it.
            (EVENT_BITS, event) if u16::from(event) != SYNCHRONIZATION => {
                event_bits(kind, event.into(), &mut answer)
            }
            (ABSOLUTE_RANGE, code) if kind.has(ABSOLUTE, code.into()) => {
                // Smallest, largest, fuzz, flat, resolution.
                let fields = [0, TABLET_LARGEST, 0, 0, 0];
                fill(&mut answer, fields.into_iter().flat_map(u32::to_le_bytes))
            }
            _ => 0,
        };
        (answer, length)
    }
}

fn fill(answer: &mut [u8; ANSWER], from: impl Iterator<Item = u8>) -> usize {
    answer.iter_mut().zip(from).map(|(byte, from)| *byte = from).count()
}

/// One bit for each code of an event type, up to the last byte that has one.
fn event_bits(kind: Kind, event: u16, answer: &mut [u8; ANSWER]) -> usize {
    let mut length = 0;
    for (index, byte) in answer.iter_mut().enumerate() {
        for bit in 0..8 {
            if kind.has(event, (8 * index + bit) as u16) {
                *byte |= 1 << bit;
                length = index + 1;
            }
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn answer(kind: Kind, select: u8, subselect: u8) -> Vec<u8> {
        let mut selection = Selection::START;
        selection.write(0, Width::One, select.into());
        selection.write(1, Width::One, subselect.into());
        let length = selection.read(kind, 2, Width::One);
        (0..length).map(|at| selection.read(kind, 8 + at, Width::One) as u8).collect()
    }

    #[test]
    fn questions_have_answers() {
        assert_eq!(answer(Kind::Mouse, 1, 0), b"Cloister virtual mouse");
        assert_eq!(answer(Kind::Keyboard, 3, 0), [6, 0, 0x09, 0x12, 1, 0, 1, 0]);
        assert_eq!(answer(Kind::Mouse, 0x11, 2), [0x43, 1]);
        assert_eq!(answer(Kind::Keyboard, 0x11, 0x11), [7]);
        assert_eq!(answer(Kind::Keyboard, 0x11, 0x14), [3]);
        assert_eq!(answer(Kind::Keyboard, 0x11, 1).len(), 32);
        assert_eq!(answer(Kind::Mouse, 0x11, 1)[34], 0x1f);
        assert_eq!(answer(Kind::Tablet, 0x12, 1)[..8], [0, 0, 0, 0, 0xff, 0x7f, 0, 0]);
    }

    #[test]
    fn others_have_none() {
        for (select, subselect) in [(0, 0), (2, 0), (0x11, 0), (0x11, 3), (0x12, 0), (0xff, 0xff)] {
            assert!(answer(Kind::Mouse, select, subselect).is_empty());
        }
        assert_eq!(Selection::START.read(Kind::Mouse, 7 + 128, Width::Two), 0);
    }
}
