//! A bounded buffer of bytes.

/// A queue of up to `SIZE` bytes, a power of two.
#[derive(Clone, Debug)]
pub(super) struct Ring<const SIZE: usize> {
    bytes: [u8; SIZE],
    /// Free-running positions.
    read: usize,
    written: usize,
}

impl<const SIZE: usize> Ring<SIZE> {
    pub(super) const fn new() -> Self {
        const { assert!(SIZE.is_power_of_two()) };
        Self { bytes: [0; SIZE], read: 0, written: 0 }
    }

    pub(super) const fn clear(&mut self) {
        self.read = self.written;
    }

    /// Bytes in it.
    pub(super) const fn length(&self) -> usize {
        self.written.wrapping_sub(self.read)
    }

    /// The oldest bytes that lie together.
    pub(super) fn filled(&self) -> &[u8] {
        let start = self.read % SIZE;
        let end = (start + self.length()).min(SIZE);
        self.bytes.get(start..end).unwrap_or(&[])
    }

    /// Takes away the oldest bytes.
    pub(super) fn consume(&mut self, count: usize) {
        self.read = self.read.wrapping_add(count.min(self.length()));
    }

    /// Room that lies together, to be filled from its beginning.
    pub(super) fn room(&mut self) -> &mut [u8] {
        let start = self.written % SIZE;
        let end = (start + SIZE - self.length()).min(SIZE);
        self.bytes.get_mut(start..end).unwrap_or(&mut [])
    }

    /// Makes the beginning of the room part of the content.
    pub(super) fn commit(&mut self, count: usize) {
        self.written = self.written.wrapping_add(count.min(SIZE - self.length()));
    }

    /// Appends what fits, and returns how much that was.
    pub(super) fn put(&mut self, from: &[u8]) -> usize {
        let mut done = 0;
        // The room may be in two pieces.
        for _ in 0..2 {
            let rest = from.get(done..).unwrap_or(&[]);
            let room = self.room();
            let count = rest.len().min(room.len());
            room.iter_mut().zip(rest).for_each(|(byte, &from)| *byte = from);
            self.commit(count);
            done += count;
        }
        done
    }

    /// Takes the oldest bytes out, and returns how many.
    pub(super) fn take(&mut self, into: &mut [u8]) -> usize {
        let mut done = 0;
        for _ in 0..2 {
            let rest = into.get_mut(done..).unwrap_or(&mut []);
            let filled = self.filled();
            let count = rest.len().min(filled.len());
            rest.iter_mut().zip(filled).for_each(|(byte, &from)| *byte = from);
            self.consume(count);
            done += count;
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, vec::Vec};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_queue(steps in prop::collection::vec((any::<bool>(), 0_usize..12), 0..60)) {
            let mut ring = Ring::<8>::new();
            ring.read = usize::MAX - 3;
            ring.written = ring.read;
            let mut model = VecDeque::new();
            let mut next = 0_u8;
            for (put, count) in steps {
                if put {
                    let bytes: Vec<u8> = (0..count).map(|step| next.wrapping_add(step as u8)).collect();
                    let done = ring.put(&bytes);
                    prop_assert_eq!(done, count.min(8 - model.len()));
                    model.extend(&bytes[..done]);
                    next = next.wrapping_add(done as u8);
                } else {
                    let mut bytes = [0; 12];
                    let done = ring.take(&mut bytes[..count]);
                    let expected: Vec<u8> = model.drain(..count.min(model.len())).collect();
                    prop_assert_eq!(&bytes[..done], &expected[..]);
                }
                prop_assert_eq!(ring.length(), model.len());
            }
        }
    }
}
