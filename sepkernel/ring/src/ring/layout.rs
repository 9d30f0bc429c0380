//! Where things are in a ring's memory.

use crate::atomic::{AtomicU64, Ordering::Relaxed};

/// Words before the records: a cache line.
pub const HEADER_WORDS: usize = 8;

/// The least number of words of a ring: room for two records of one word each.
pub const MINIMUM_WORDS: usize = HEADER_WORDS + 6;

/// Words before a record's bytes.
const HEAD_WORDS: u64 = 2;

/// In the high half of the format word. The low half is the epoch that laid out the ring.
const MAGIC: u64 = u32::from_le_bytes(*b"CLR1") as u64;

/// The format word while there is no ring.
pub const NO_RING: u64 = 0;

/// The format word of a ring that was laid out in `epoch`.
pub const fn format(epoch: u32) -> u64 {
    MAGIC << 32 | epoch as u64
}

/// Whether this is the format word of a ring.
pub const fn is_format(word: u64) -> bool {
    word >> 32 == MAGIC
}

/// How far `to` is behind `from`; none if it lies before.
pub const fn distance(from: u64, to: u64) -> Option<u64> {
    let distance = to.wrapping_sub(from);
    if distance >> 63 == 0 { Some(distance) } else { None }
}

/// A ring's memory.
#[derive(Clone, Copy, Debug)]
pub struct Memory<'a> {
    /// See the module's table.
    pub format: &'a AtomicU64,
    /// See the module's table.
    pub published: &'a AtomicU64,
    /// See the module's table.
    pub oldest: &'a AtomicU64,
    /// See the module's table.
    pub latest: &'a AtomicU64,
    /// Where the records are.
    pub data: &'a [AtomicU64],
}

impl<'a> Memory<'a> {
    /// The parts of `words`; none if there are fewer than [`MINIMUM_WORDS`].
    pub fn new(words: &'a [AtomicU64]) -> Option<Self> {
        let [format, published, oldest, latest, _, _, _, _, data @ ..] = words else {
            return None;
        };
        let enough = words.len() >= MINIMUM_WORDS;
        enough.then_some(Self { format, published, oldest, latest, data })
    }

    /// Words for records.
    pub const fn capacity(&self) -> u64 {
        self.data.len() as u64
    }

    /// The longest record in bytes: two of them fit, so that one is whole while the other is written.
    pub const fn longest(&self) -> u64 {
        let bytes = (self.capacity() / 2).saturating_sub(HEAD_WORDS) * 8;
        if bytes < u32::MAX as u64 { bytes } else { u32::MAX as u64 }
    }

    /// Where a position is in the data.
    pub const fn index(&self, position: u64) -> usize {
        // The capacity is not 0, as `new` says.
        match position.checked_rem(self.capacity()) {
            Some(index) => index as usize,
            None => 0,
        }
    }

    /// The index behind this one.
    pub const fn next(&self, index: usize) -> usize {
        let next = index.wrapping_add(1);
        if next < self.data.len() { next } else { 0 }
    }

    /// Writes the head of the record at a position, and returns the index of its first byte.
    pub fn set_head(&self, position: u64, head: Head) -> usize {
        let mut index = self.index(position);
        for value in head.words() {
            if let Some(word) = self.data.get(index) {
                word.store(value, Relaxed);
            }
            index = self.next(index);
        }
        index
    }

    /// The head of the record at a position, and the index of its first byte.
    pub fn head(&self, position: u64) -> (Head, usize) {
        let word = |index| self.data.get(index).map_or(0, |word: &AtomicU64| word.load(Relaxed));
        let first = self.index(position);
        let second = self.next(first);
        (Head::from_words([word(first), word(second)]), self.next(second))
    }
}

/// What comes before a record's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Number of the record, from 0.
    pub sequence: u64,
    /// Its bytes.
    pub length: u32,
    /// The writer's epoch.
    pub epoch: u32,
}

impl Head {
    /// As it lies in the memory.
    pub const fn words(self) -> [u64; 2] {
        [self.sequence, (self.epoch as u64) << 32 | self.length as u64]
    }

    const fn from_words([sequence, word]: [u64; 2]) -> Self {
        Self { sequence, length: word as u32, epoch: (word >> 32) as u32 }
    }

    /// Words of the whole record.
    pub const fn size(self) -> u64 {
        HEAD_WORDS + (self.length as u64).div_ceil(8)
    }
}

/// How many records can lie in so many words, at most.
pub const fn most_records(words: u64) -> u64 {
    words / HEAD_WORDS
}
