//! What the kernel lets the policy's reader of audit records see: its records, and how much of the
//! processors' time each subject used.
//!
//! A channel that the kernel alone writes: a block for each processor, one after the other. Its words
//! are atomic because it is written while it is read; neither side waits for the other.

use core::sync::atomic::{AtomicU64, Ordering};

/// Name of the channel in the reader's info page; no name of a policy has a dot.
pub const AUDIT_CHANNEL: &str = "kernel.audit";

/// First word of a block.
pub const AUDIT_MAGIC: u64 = u64::from_le_bytes(*b"CLAUDIT1");

/// Records that a block keeps, a power of two: the newest.
pub const AUDIT_RECORDS: usize = 256;

/// Words of a record.
pub const AUDIT_RECORD_WORDS: usize = 8;

/// Subjects whose time a block counts.
pub const AUDIT_SUBJECTS: usize = 64;

/// Bytes of a block: five pages.
pub const AUDIT_BLOCK_BYTES: usize = 5 * 4096;

/// How much of its time on a processor a subject used. What it was given and did not use, the
/// processor was idle or, without `strict`, another subject's.
#[derive(Debug)]
#[repr(C)]
pub struct Usage {
    /// Ticks of the subject's slots, without switching.
    pub given: AtomicU64,
    /// Ticks that it used, its restarts included; with time left over by others, maybe more than it
    /// was given.
    pub used: AtomicU64,
}

/// One processor's block.
#[derive(Debug)]
#[repr(C)]
pub struct AuditBlock {
    /// [`AUDIT_MAGIC`] as soon as the processor is in the schedule.
    pub magic: AtomicU64,
    /// How many records were written since boot. The record with the number `n` is at `n` modulo
    /// [`AUDIT_RECORDS`], if it is not overwritten.
    next: AtomicU64,
    reserved: [AtomicU64; 6],
    /// By subject number.
    pub usage: [Usage; AUDIT_SUBJECTS],
    reserved_behind: [AtomicU64; 376],
    records: [[AtomicU64; AUDIT_RECORD_WORDS]; AUDIT_RECORDS],
}

/// What became of a record that is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fetched {
    /// Here it is.
    Record([u64; AUDIT_RECORD_WORDS]),
    /// It is not written yet.
    NotYet,
    /// It is overwritten; the oldest that may be there has this number.
    Gone(u64),
}

impl AuditBlock {
    /// How many records were written since boot.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next.load(Ordering::Acquire)
    }

    /// Writes the record with this number, the next one. Only the kernel can.
    pub fn write(&self, sequence: u64, record: &[u64; AUDIT_RECORD_WORDS]) {
        if let Some(place) = self.records.get(position(sequence)) {
            for (to, word) in place.iter().zip(record) {
                to.store(*word, Ordering::Relaxed);
            }
        }
        self.next.store(sequence.wrapping_add(1), Ordering::Release);
    }

    /// Reads the record with this number.
    #[must_use]
    pub fn read(&self, sequence: u64) -> Fetched {
        if sequence >= self.next() {
            return Fetched::NotYet;
        }
        let mut record = [0; AUDIT_RECORD_WORDS];
        if let Some(place) = self.records.get(position(sequence)) {
            for (word, from) in record.iter_mut().zip(place) {
                *word = from.load(Ordering::Acquire);
            }
        }
        // The kernel may by now be writing the record that comes next.
        let oldest = self.next().saturating_sub(AUDIT_RECORDS as u64 - 1);
        if sequence < oldest { Fetched::Gone(oldest) } else { Fetched::Record(record) }
    }

    /// Adds to what a subject was given and used. Only the kernel can.
    pub fn charge(&self, subject: usize, given: u64, used: u64) {
        if let Some(usage) = self.usage.get(subject) {
            for (counter, ticks) in [(&usage.given, given), (&usage.used, used)] {
                let sum = counter.load(Ordering::Relaxed).wrapping_add(ticks);
                counter.store(sum, Ordering::Relaxed);
            }
        }
    }
}

const fn position(sequence: u64) -> usize {
    (sequence % AUDIT_RECORDS as u64) as usize
}

const _: () = assert!(size_of::<AuditBlock>() == AUDIT_BLOCK_BYTES, "a block is whole pages");

#[cfg(test)]
mod tests {
    use std::boxed::Box;

    use super::*;

    fn block() -> Box<AuditBlock> {
        let word = || AtomicU64::new(0);
        Box::new(AuditBlock {
            magic: word(),
            next: word(),
            reserved: core::array::from_fn(|_| word()),
            usage: core::array::from_fn(|_| Usage { given: word(), used: word() }),
            reserved_behind: core::array::from_fn(|_| word()),
            records: core::array::from_fn(|_| core::array::from_fn(|_| word())),
        })
    }

    #[test]
    fn the_newest_records_are_read_and_others_are_known_to_be_gone() {
        let block = block();
        assert_eq!(block.read(0), Fetched::NotYet);
        for sequence in 0..300 {
            block.write(sequence, &[sequence; AUDIT_RECORD_WORDS]);
        }
        assert_eq!(block.read(299), Fetched::Record([299; AUDIT_RECORD_WORDS]));
        assert_eq!(block.read(300), Fetched::NotYet);
        assert_eq!(block.read(0), Fetched::Gone(45));
        assert_eq!(block.read(44), Fetched::Gone(45), "its place may be in writing");
        assert_eq!(block.read(45), Fetched::Record([45; AUDIT_RECORD_WORDS]));
    }

    #[test]
    fn time_is_counted_by_subject() {
        let block = block();
        block.charge(3, 10, 4);
        block.charge(3, 10, 5);
        block.charge(AUDIT_SUBJECTS, 1, 1);
        let usage = &block.usage[3];
        assert_eq!(
            (usage.given.load(Ordering::Relaxed), usage.used.load(Ordering::Relaxed)),
            (20, 9)
        );
    }
}
