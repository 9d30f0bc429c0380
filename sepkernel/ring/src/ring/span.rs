//! Where a record's bytes are.

use super::layout::Memory;
use crate::atomic::{self, AtomicU64};

/// Bytes of a record in the ring's memory, around its end. The memory is shared: a reader finds there what the
/// writer writes meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// Up to the end of the memory, and from its beginning.
    words: [&'a [AtomicU64]; 2],
    length: usize,
}

/// Bytes that lie together.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The words that hold them, and others.
    pub words: &'a [AtomicU64],
    /// The first one, in bytes.
    pub offset: usize,
    /// How many they are: `offset + length` is within the words.
    pub length: usize,
}

impl<'a> Span<'a> {
    /// So many bytes from an index on; not more than there are.
    pub(super) fn new(memory: Memory<'a>, index: usize, length: usize) -> Self {
        let (start, end) = memory.data.split_at_checked(index).unwrap_or((memory.data, &[]));
        Self { words: [end, start], length: length.min(size_of_val(memory.data)) }
    }

    /// Bytes in all.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// The bytes from `start` to `end`; what is not there is left out.
    #[must_use]
    pub fn pieces(&self, start: usize, end: usize) -> [Piece<'a>; 2] {
        let [first, second] = self.words;
        let border = size_of_val(first);
        let end = end.min(self.length);
        let start = start.min(end);
        let piece = |words, start: usize, end: usize| Piece {
            words,
            offset: start,
            length: end.saturating_sub(start),
        };
        [
            piece(first, start.min(border), end.min(border)),
            piece(second, start.saturating_sub(border), end.saturating_sub(border)),
        ]
    }

    /// Copies bytes out, from the first one on.
    pub fn load(&self, bytes: &mut [u8]) {
        let [first, second] = self.pieces(0, bytes.len());
        let (to_end, rest) = bytes.split_at_mut(first.length);
        first.load(to_end);
        second.load(rest);
    }

    /// Copies bytes in, from byte `start` on; for the writer.
    pub(super) fn store(&self, start: usize, bytes: &[u8]) {
        let [first, second] = self.pieces(start, start.saturating_add(bytes.len()));
        let (to_end, rest) = bytes.split_at_checked(first.length).unwrap_or((bytes, &[]));
        first.store(to_end);
        second.store(rest);
    }
}

impl Piece<'_> {
    /// So many bytes from byte `start` on; not more than there are.
    #[must_use]
    pub fn part(&self, start: usize, length: usize) -> Self {
        let start = start.min(self.length);
        let length = length.min(self.length - start);
        Self { words: self.words, offset: self.offset + start, length }
    }

    /// Copies bytes out, from the first one on; not more than there are.
    pub fn load(&self, bytes: &mut [u8]) {
        let length = self.length.min(bytes.len());
        atomic::load(self.words, self.offset, bytes.get_mut(..length).unwrap_or_default());
    }

    /// Copies bytes in, from the first one on; not more than there is room for. For the writer: memory that
    /// is mapped read-only faults.
    pub fn store(&self, bytes: &[u8]) {
        let length = self.length.min(bytes.len());
        atomic::store(self.words, self.offset, bytes.get(..length).unwrap_or_default());
    }
}
