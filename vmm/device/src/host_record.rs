//! A record in memory that other subjects see, for tests of what is connected to a link.

use std::sync::atomic::AtomicU64;
use std::vec::Vec;

use cloister_ring::Piece;

/// A record in two pieces, as one that goes around the end of a ring.
#[derive(Debug, Default)]
pub struct HostRecord {
    words: [Vec<AtomicU64>; 2],
    border: usize,
    length: usize,
}

impl HostRecord {
    /// A record of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let border = (bytes.len() / 3).next_multiple_of(8).min(bytes.len());
        let words = |bytes: &[u8]| {
            let words: Vec<_> = (0..bytes.len().div_ceil(8)).map(|_| AtomicU64::new(0)).collect();
            Piece { words: &words, offset: 0, length: bytes.len() }.store(bytes);
            words
        };
        let (first, second) = bytes.split_at(border);
        Self { words: [words(first), words(second)], border, length: bytes.len() }
    }

    /// Becomes a record of these bytes and shows as many of the first as there is room for in `head`, as who looks at
    /// a link's next record wants it. Returns how long it is.
    pub fn show(&mut self, bytes: &[u8], head: &mut [u8]) -> usize {
        let known = bytes.len().min(head.len());
        head[..known].copy_from_slice(&bytes[..known]);
        *self = Self::new(bytes);
        bytes.len()
    }

    /// What lies behind its first bytes.
    #[must_use]
    pub fn behind(&self, start: usize) -> [Piece<'_>; 2] {
        let [first, second] = &self.words;
        let piece = |words, start, end| Piece { words, offset: start, length: end - start };
        let (border, length) = (self.border, self.length.max(self.border));
        [
            piece(first, start.min(border), border),
            piece(second, start.clamp(border, length) - border, length - border),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    #[test]
    fn what_lies_behind_is_all_the_rest() {
        let bytes: Vec<u8> = (0..77).collect();
        let record = HostRecord::new(&bytes);
        for start in 0..90 {
            let mut rest = vec![];
            for piece in record.behind(start) {
                let mut part = vec![0; piece.length];
                piece.load(&mut part);
                rest.extend(part);
            }
            assert_eq!(rest, bytes.get(start..).unwrap_or_default());
        }
    }
}
