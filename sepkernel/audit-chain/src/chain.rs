//! The hash chain over exported records: the digest of an entry is the hash of the digest before
//! it and the record's bytes. The hash itself is handed in.

use cloister_model::audit::Record;

use super::{RECORD_BYTES, from_bytes, to_bytes};

/// A digest of 256 bits.
pub type Digest = [u8; 32];

/// The hash of a digest followed by a record.
pub type ChainHash = fn(&Digest, &[u8; RECORD_BYTES]) -> Digest;

/// An exported record with its digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChainEntry {
    /// The record's bytes.
    pub record: [u8; RECORD_BYTES],
    /// The chain up to here, this record included.
    pub digest: Digest,
}

/// The end of a chain, to which the next entry is linked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link {
    /// Number of the boot.
    pub boot: u64,
    /// The sequence number that the next record of this boot has.
    pub next: u64,
    /// The digest of all before.
    pub digest: Digest,
}

/// Why a chain is not whole. Positions are those of entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChainError {
    /// The digest of this entry is not that of its record and its predecessors: something was
    /// changed, put in, taken out or moved.
    Digest(usize),
    /// Records are missing before this entry: the ring was overwritten before it was read.
    Gap {
        /// Where.
        position: usize,
        /// The sequence number that was due.
        expected: u64,
        /// The one that is there.
        found: u64,
    },
    /// This entry is of an earlier boot than the one before it.
    Boot(usize),
}

impl Link {
    /// A chain of no records.
    pub const START: Self = Self { boot: 0, next: 0, digest: [0; 32] };

    /// The entry that a record becomes, and the chain's new end.
    #[must_use]
    pub fn append(&self, hash: ChainHash, record: &Record) -> (ChainEntry, Self) {
        let bytes = to_bytes(record);
        let digest = hash(&self.digest, &bytes);
        (ChainEntry { record: bytes, digest }, Self::after(record, digest))
    }

    const fn after(record: &Record, digest: Digest) -> Self {
        Self { boot: record.boot, next: record.sequence.wrapping_add(1), digest }
    }
}

/// Whether the entries follow `start` without anything changed or missing; if so, the new end.
///
/// # Errors
/// The first thing that is not as it must be.
pub fn verify(hash: ChainHash, start: Link, entries: &[ChainEntry]) -> Result<Link, ChainError> {
    let mut end = start;
    for (position, entry) in entries.iter().enumerate() {
        if hash(&end.digest, &entry.record) != entry.digest {
            return Err(ChainError::Digest(position));
        }
        let record = from_bytes(&entry.record);
        if record.boot < end.boot {
            return Err(ChainError::Boot(position));
        }
        let expected = if record.boot == end.boot { end.next } else { 0 };
        if record.sequence != expected {
            return Err(ChainError::Gap { position, expected, found: record.sequence });
        }
        end = Link::after(&record, entry.digest);
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloister_model::audit::Kind;
    use cloister_model::subject::SubjectId;
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};
    use std::vec::Vec;

    fn hash(previous: &Digest, record: &[u8; RECORD_BYTES]) -> Digest {
        Sha256::new().chain_update(previous).chain_update(record).finalize().into()
    }

    fn chain(numbers: &[(u64, u64)]) -> Vec<ChainEntry> {
        let mut end = Link::START;
        let append = |&(boot, sequence): &(u64, u64)| {
            let record = Record {
                sequence,
                boot,
                time: sequence * 10,
                kind: Kind::Fault as u16,
                subject: SubjectId(1),
                processor: 0,
                arguments: [7; 4],
            };
            let (entry, next) = end.append(hash, &record);
            end = next;
            entry
        };
        numbers.iter().map(append).collect()
    }

    const WHOLE: [(u64, u64); 5] = [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1)];

    #[test]
    fn a_whole_chain_over_two_boots_is_accepted_in_one_piece_and_in_two() {
        let entries = chain(&WHOLE);
        let end = verify(hash, Link::START, &entries).unwrap();
        assert_eq!((end.boot, end.next), (2, 2));
        let middle = verify(hash, Link::START, &entries[..2]).unwrap();
        assert_eq!(verify(hash, middle, &entries[2..]), Ok(end));
    }

    #[test]
    fn records_that_were_never_read_are_a_gap() {
        let gap = ChainError::Gap { position: 1, expected: 1, found: 2 };
        assert_eq!(verify(hash, Link::START, &chain(&[(1, 0), (1, 2)])), Err(gap));
        let first = ChainError::Gap { position: 1, expected: 0, found: 1 };
        assert_eq!(verify(hash, Link::START, &chain(&[(1, 0), (2, 1)])), Err(first));
        assert_eq!(verify(hash, Link::START, &chain(&[(2, 0), (1, 0)])), Err(ChainError::Boot(1)));
    }

    proptest! {
        #[test]
        fn no_bit_can_be_changed(entry in 0_usize..5, bit in 0_usize..512) {
            let mut entries = chain(&WHOLE);
            entries[entry].record[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(verify(hash, Link::START, &entries), Err(ChainError::Digest(entry)));
        }

        #[test]
        fn no_entry_can_be_taken_out_or_moved(from in 0_usize..4, to in 0_usize..5) {
            let mut entries = chain(&WHOLE);
            let entry = entries.remove(from);
            prop_assert!(verify(hash, Link::START, &entries).is_err());
            entries.insert(to.min(entries.len()), entry);
            prop_assert_eq!(verify(hash, Link::START, &entries).is_ok(), from == to);
        }
    }
}
