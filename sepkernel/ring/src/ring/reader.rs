//! The reading end.

use super::layout::{Head, Memory, NO_RING, distance, is_format, most_records};
use super::span::Span;
use crate::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed},
    fence,
};

/// A record that was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// Its length in bytes. If that is more than the buffer's, the rest was left out.
    pub length: usize,
    /// Its number since the ring was laid out, from 0.
    pub sequence: u64,
    /// The incarnation of the writer that wrote it.
    pub epoch: u32,
}

/// What a reader has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    /// Records that were read.
    pub records: u64,
    /// How often records were overwritten before they were read.
    pub overruns: u64,
    /// How many records these were. Those that cannot be known are not in it: records before the
    /// first one that was read, and before the first one after something malformed.
    pub lost_records: u64,
    /// Bytes of the ring that these took, with their heads.
    pub lost_bytes: u64,
    /// How often the memory contradicted itself.
    pub malformed: u64,
    /// How often the writer's epoch changed from one record to the next.
    pub epoch_changes: u64,
}

/// The reading end of a ring. It never writes, and holds nothing of the memory to be true.
#[derive(Debug)]
pub struct Reader<'a> {
    memory: Memory<'a>,
    /// The ring that was laid out when this reader last looked.
    format: u64,
    /// Where the next record is; none for the oldest one.
    position: Option<u64>,
    /// Position and number that the next record has if none is lost; none if that cannot be known.
    expected: Option<(u64, u64)>,
    epoch: Option<u32>,
    statistics: Statistics,
}

/// A record that was looked at and not passed yet.
#[derive(Debug)]
pub struct Peeked<'a> {
    /// What it is.
    pub record: Record,
    /// Where it is. Its writer may overwrite it at any time.
    pub span: Span<'a>,
    format: u64,
    /// Where it begins and ends.
    start: u64,
    end: u64,
    head: Head,
    /// Records lost before it.
    lost: u64,
}

/// What came of an attempt.
enum Attempt<'a> {
    /// There is no record.
    Nothing,
    /// A record, whole as far as it was copied.
    Record(Peeked<'a>),
    /// The writer was quicker.
    Overwritten,
    /// The memory contradicts itself.
    Malformed,
}

/// An acquiring load that is also defined on memory that is mapped read-only, where a relaxed load is
/// the only atomic access that is (`core::sync::atomic`, "Atomic accesses to read-only memory").
fn load(word: &AtomicU64) -> u64 {
    let value = word.load(Relaxed);
    fence(Acquire);
    value
}

/// Which record an attempt is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// The next one, or the oldest if that was overwritten.
    Next,
    /// The newest, if it was not read.
    Latest,
}

impl<'a> Reader<'a> {
    /// The reading end of the ring in `words`, which the writer may not have laid out yet. It
    /// begins at the oldest record.
    ///
    /// None if there are fewer than [`MINIMUM_WORDS`](super::MINIMUM_WORDS) words.
    #[must_use]
    pub fn new(words: &'a [AtomicU64]) -> Option<Self> {
        Some(Self {
            memory: Memory::new(words)?,
            format: NO_RING,
            position: None,
            expected: None,
            epoch: None,
            statistics: Statistics::default(),
        })
    }

    /// The longest record in bytes that this ring can carry.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.memory.longest() as usize
    }

    /// What was seen so far.
    #[must_use]
    pub const fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Copies the next record to the start of `buffer`. None if there is none, or if the writer
    /// overwrote each of three records while it was read; either way it is worth another try when
    /// the writer's next event comes. What the buffer holds then is not defined.
    ///
    /// If the next record was overwritten, this goes on with the oldest one that was not, or, if
    /// that is overwritten meanwhile, with the newest.
    pub fn read(&mut self, buffer: &mut [u8]) -> Option<Record> {
        let peeked = self.peek(buffer)?;
        self.accept(&peeked);
        Some(peeked.record)
    }

    /// As [`Self::read`], but the record is still the next one, until [`Self::pass`]. For copying what the
    /// buffer is too short for straight to where it is wanted.
    pub fn peek(&mut self, buffer: &mut [u8]) -> Option<Peeked<'a>> {
        self.attempts(buffer, [Wanted::Next, Wanted::Next, Wanted::Latest])
    }

    /// Passes over the record that was peeked at last, if it is still whole. If not, what was copied of it
    /// meanwhile is worth nothing.
    pub fn pass(&mut self, peeked: &Peeked<'_>) -> bool {
        let is_whole = self.is_whole(peeked.format, peeked.start);
        if is_whole {
            self.accept(peeked);
        }
        is_whole
    }

    /// Copies the newest record to the start of `buffer`, unless it was read before. Those that it
    /// leaves out do not count as lost. For channels where only the latest value matters.
    pub fn read_latest(&mut self, buffer: &mut [u8]) -> Option<Record> {
        self.expected = None;
        let peeked = self.attempts(buffer, [Wanted::Latest; 3])?;
        self.accept(&peeked);
        Some(peeked.record)
    }

    fn attempts(&mut self, buffer: &mut [u8], wanted: [Wanted; 3]) -> Option<Peeked<'a>> {
        for wanted in wanted {
            match self.attempt(buffer, wanted) {
                Attempt::Nothing => return None,
                Attempt::Record(peeked) => return Some(peeked),
                Attempt::Overwritten => {}
                Attempt::Malformed => {
                    self.statistics.malformed = self.statistics.malformed.saturating_add(1);
                    self.expected = None;
                    return None;
                }
            }
        }
        None
    }

    fn attempt(&mut self, buffer: &mut [u8], wanted: Wanted) -> Attempt<'a> {
        let memory = self.memory;
        let format = load(memory.format);
        if !is_format(format) {
            return if format == NO_RING { Attempt::Nothing } else { Attempt::Malformed };
        }
        if format != self.format {
            self.format = format;
            self.position = None;
            self.expected = None;
        }
        // Before `published`, so that it is not behind it.
        let latest = load(memory.latest);
        let published = load(memory.published);
        let oldest = load(memory.oldest);
        let Some(filled) = distance(oldest, published) else {
            // The writer went around meanwhile; then it has published more.
            let published = load(memory.published);
            let went_on = distance(oldest, published).is_some();
            return if went_on { Attempt::Overwritten } else { self.contradiction(format) };
        };
        let next = self.position.unwrap_or(oldest);
        // `oldest` was moved before `published` was, and what was published stays so.
        if filled > memory.capacity() || distance(next, published).is_none() {
            self.position = None;
            return self.contradiction(format);
        }
        let start = match wanted {
            Wanted::Latest if distance(oldest, latest).is_none() => return Attempt::Overwritten,
            Wanted::Latest if distance(next, latest).is_none() => return Attempt::Nothing,
            Wanted::Latest => latest,
            Wanted::Next if distance(oldest, next).is_none() => oldest,
            Wanted::Next => next,
        };
        if start == published {
            return Attempt::Nothing;
        }
        let (head, index) = memory.head(start);
        let end = start.wrapping_add(head.size());
        let lost = self.lost(start, head);
        let makes_sense = lost.is_some()
            && u64::from(head.length) <= memory.longest()
            && distance(end, published).is_some();
        let length = head.length as usize;
        let span = Span::new(memory, index, length);
        if makes_sense {
            let used = buffer.len().min(length);
            span.load(buffer.get_mut(..used).unwrap_or_default());
        }
        if !self.is_whole(format, start) {
            return Attempt::Overwritten;
        }
        let (Some(lost), true) = (lost, makes_sense) else {
            self.position = Some(published);
            return Attempt::Malformed;
        };
        let record = Record { length, sequence: head.sequence, epoch: head.epoch };
        Attempt::Record(Peeked { record, span, format, start, end, head, lost })
    }

    /// Whether all that was copied until now of the record at a position was the record.
    fn is_whole(&self, format: u64, start: u64) -> bool {
        // Orders the copy before the look: if a word of it was newer, so are these.
        fence(Acquire);
        self.memory.format.load(Relaxed) == format
            && distance(self.memory.oldest.load(Relaxed), start).is_some()
    }

    /// Positions do not fit together: because a ring was laid out anew meanwhile, or else because
    /// the writer makes no sense.
    fn contradiction(&self, format: u64) -> Attempt<'a> {
        fence(Acquire);
        let is_new = self.memory.format.load(Relaxed) != format;
        if is_new { Attempt::Overwritten } else { Attempt::Malformed }
    }

    /// How many records were lost before this one, as far as is known; none if what it says cannot
    /// be true.
    fn lost(&self, start: u64, head: Head) -> Option<u64> {
        let Some((position, sequence)) = self.expected else { return Some(0) };
        let skipped = distance(position, start)?;
        let lost = distance(sequence, head.sequence)?;
        let plausible = lost <= most_records(skipped) && (lost == 0) == (skipped == 0);
        plausible.then_some(lost)
    }

    fn accept(&mut self, peeked: &Peeked<'_>) {
        let &Peeked { start, end, head, lost, .. } = peeked;
        let statistics = &mut self.statistics;
        statistics.records = statistics.records.saturating_add(1);
        if let (Some((position, _)), true) = (self.expected, lost > 0) {
            let words = distance(position, start).unwrap_or(0);
            statistics.overruns = statistics.overruns.saturating_add(1);
            statistics.lost_records = statistics.lost_records.saturating_add(lost);
            statistics.lost_bytes = statistics.lost_bytes.saturating_add(words.saturating_mul(8));
        }
        if self.epoch.is_some_and(|epoch| epoch != head.epoch) {
            statistics.epoch_changes = statistics.epoch_changes.saturating_add(1);
        }
        self.epoch = Some(head.epoch);
        self.position = Some(end);
        self.expected = Some((end, head.sequence.wrapping_add(1)));
    }
}
