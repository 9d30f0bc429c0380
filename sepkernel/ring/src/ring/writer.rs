//! The writing end.

use super::layout::{Head, Memory, NO_RING, distance, format, is_format};
use super::span::Span;
use crate::atomic::{
    AtomicU64,
    Ordering::{Relaxed, Release},
    fence,
};

/// Beyond this a ring is laid out anew: no writer comes here in a thousand years.
const LAST_POSITION: u64 = 1 << 62;

/// A record is longer than any of this ring may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLong {
    /// The longest record in bytes.
    pub limit: usize,
}

/// The writing end of a ring.
///
/// Nothing that the reader does changes anything here: it cannot even be seen.
#[derive(Debug)]
pub struct Writer<'a> {
    memory: Memory<'a>,
    epoch: u32,
    sequence: u64,
    /// Behind the newest record.
    position: u64,
    oldest: u64,
}

impl<'a> Writer<'a> {
    /// The writing end of the ring in `words`. `epoch` is the incarnation of the writer: each
    /// record carries it. Records of earlier incarnations stay; where there is no ring, one is laid
    /// out.
    ///
    /// None if there are fewer than [`MINIMUM_WORDS`](super::MINIMUM_WORDS) words.
    #[must_use]
    pub fn new(words: &'a [AtomicU64], epoch: u32) -> Option<Self> {
        let memory = Memory::new(words)?;
        Some(Self::recover(memory, epoch).unwrap_or_else(|| Self::lay_out(memory, epoch)))
    }

    /// The longest record in bytes.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.memory.longest() as usize
    }

    /// The number of the next record, from 0 since the ring was laid out.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Writes a record, over the oldest ones if there is no other room.
    ///
    /// # Errors
    /// If the record is too long; nothing was written.
    pub fn write(&mut self, record: &[u8]) -> Result<(), TooLong> {
        self.write_parts(&[record])
    }

    /// Writes a record that is made of `parts`, one after the other.
    ///
    /// # Errors
    /// If the record is too long; nothing was written.
    pub fn write_parts(&mut self, parts: &[&[u8]]) -> Result<(), TooLong> {
        let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        self.write_with(length, |span| {
            let mut start = 0;
            for part in parts {
                span.store(start, part);
                start += part.len();
            }
            true
        })?;
        Ok(())
    }

    /// Writes a record of so many bytes, which begins with `head` and goes on with what `fill` puts behind
    /// that, where the reader will find it. Returns whether it was written: not if `fill` says so.
    ///
    /// # Errors
    /// If the record is too long; nothing was written.
    pub fn write_behind(
        &mut self,
        head: &[u8],
        length: usize,
        fill: impl FnOnce(Span<'a>) -> bool,
    ) -> Result<bool, TooLong> {
        self.write_with(length, |span| {
            span.store(0, head);
            fill(span)
        })
    }

    fn write_with(
        &mut self,
        length: usize,
        fill: impl FnOnce(Span<'a>) -> bool,
    ) -> Result<bool, TooLong> {
        let limit = self.limit();
        let checked = u32::try_from(length).ok().filter(|_| length <= limit);
        let head = Head {
            sequence: self.sequence,
            length: checked.ok_or(TooLong { limit })?,
            epoch: self.epoch,
        };
        let end = self.position.wrapping_add(head.size());
        self.make_room(end);
        let index = self.memory.set_head(self.position, head);
        if !fill(Span::new(self.memory, index, length)) {
            return Ok(false);
        }
        self.memory.published.store(end, Release);
        self.memory.latest.store(self.position, Release);
        self.position = end;
        self.sequence = self.sequence.wrapping_add(1);
        Ok(true)
    }

    /// Gives up the oldest records, until all up to `end` can be written.
    fn make_room(&mut self, end: u64) {
        let before = self.oldest;
        while end.wrapping_sub(self.oldest) > self.memory.capacity() {
            let behind = self.oldest.wrapping_add(self.memory.head(self.oldest).0.size());
            // The heads are the writer's own, so this is for defects only.
            let whole = distance(behind, self.position).is_some();
            self.oldest = if whole { behind } else { self.position };
        }
        if self.oldest != before {
            self.memory.oldest.store(self.oldest, Release);
            // Whoever sees a word of the new record sees `oldest`, too.
            fence(Release);
        }
    }

    /// Goes on with the ring that an earlier incarnation left, if all of its records make sense.
    fn recover(memory: Memory<'a>, epoch: u32) -> Option<Self> {
        if !is_format(memory.format.load(Relaxed)) {
            return None;
        }
        let published = memory.published.load(Relaxed);
        let oldest = memory.oldest.load(Relaxed);
        let filled = distance(oldest, published)?;
        if published > LAST_POSITION || filled > memory.capacity() {
            return None;
        }
        let (mut position, mut latest, mut next) = (oldest, oldest, None);
        // Each record is at least two words, so this ends.
        while position != published {
            let (head, _) = memory.head(position);
            let behind = position.wrapping_add(head.size());
            distance(behind, published)?;
            if u64::from(head.length) > memory.longest()
                || next.is_some_and(|next| next != head.sequence)
            {
                return None;
            }
            latest = position;
            position = behind;
            next = Some(head.sequence.checked_add(1)?);
        }
        // The end may have come between `published` and `latest`.
        memory.latest.store(latest, Release);
        let sequence = next.unwrap_or(0);
        Some(Self { memory, epoch, sequence, position, oldest })
    }

    /// Lays out an empty ring.
    fn lay_out(memory: Memory<'a>, epoch: u32) -> Self {
        memory.format.store(NO_RING, Relaxed);
        // Whoever sees a position of the new ring sees that the old one is gone, too.
        fence(Release);
        for word in [memory.published, memory.oldest, memory.latest] {
            word.store(0, Relaxed);
        }
        memory.format.store(format(epoch), Release);
        Self { memory, epoch, sequence: 0, position: 0, oldest: 0 }
    }
}
