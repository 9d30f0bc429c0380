//! How far the kernel's audit records are chained, as their reader tells the attester, and evidence an auditor.
//!
//! After lock the kernel has no cryptography: it writes records, a ring for each processor, and whom the
//! policy names reads and chains them (`cloister-audit-chain`). That component is the attester itself, or one
//! that tells it by a channel named [`CHANNEL`] how far it is.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

/// Most processors of a machine.
pub const MAX_PROCESSORS: usize = 8;

/// Name of the policy's channel by which the reader of audit records tells the attester how far it is.
pub const CHANNEL: &str = "audit";

/// Bytes of one head: two numbers, little-endian, and a digest.
const HEAD_BYTES: usize = 48;

/// Bytes of the heads of all processors at most.
pub const MAX_BYTES: usize = MAX_PROCESSORS * HEAD_BYTES;

/// The end of one processor's chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Records that are chained.
    pub records: u64,
    /// Records that were overwritten before they were read.
    pub lost: u64,
    /// The last link of the chain: SHA-256 of the link before it and the record; 32 zeros before the first.
    pub digest: [u8; 32],
}

impl Head {
    /// The end of a chain of no records.
    pub const START: Self = Self { records: 0, lost: 0, digest: [0; 32] };
}

/// The heads of the machine's processors, in their order.
#[derive(Clone, Copy, Debug)]
pub struct Heads {
    heads: [Head; MAX_PROCESSORS],
    count: usize,
}

impl Heads {
    /// None: nothing was read yet.
    pub const NONE: Self = Self { heads: [Head::START; MAX_PROCESSORS], count: 0 };

    /// Adds the next processor's; false if there are [`MAX_PROCESSORS`] already.
    pub fn push(&mut self, head: Head) -> bool {
        let Some(place) = self.heads.get_mut(self.count) else { return false };
        *place = head;
        self.count += 1;
        true
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[Head] {
        self.heads.get(..self.count).unwrap_or_default()
    }

    /// Records that are chained, of all processors.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.as_slice().iter().fold(0, |sum, head| sum.saturating_add(head.records))
    }

    /// Records that were lost, of all processors.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.as_slice().iter().fold(0, |sum, head| sum.saturating_add(head.lost))
    }

    /// Writes them as one record of a channel; returns the part of `buffer` that holds it.
    pub fn write<'b>(&self, buffer: &'b mut [u8; MAX_BYTES]) -> &'b [u8] {
        let (places, _) = buffer.as_chunks_mut::<HEAD_BYTES>();
        for (place, head) in places.iter_mut().zip(self.as_slice()) {
            let parts = head.records.to_le_bytes().into_iter().chain(head.lost.to_le_bytes());
            place.iter_mut().zip(parts.chain(head.digest)).for_each(|(to, from)| *to = from);
        }
        buffer.get(..self.count.saturating_mul(HEAD_BYTES)).unwrap_or_default()
    }

    /// Reads a record of a channel; none if it is no such record.
    #[must_use]
    pub fn read(record: &[u8]) -> Option<Self> {
        let (heads, rest) = record.as_chunks::<HEAD_BYTES>();
        if !rest.is_empty() {
            return None;
        }
        let mut all = Self::NONE;
        for bytes in heads {
            let (records, rest) = bytes.split_first_chunk()?;
            let (lost, digest) = rest.split_first_chunk()?;
            let head = Head {
                records: u64::from_le_bytes(*records),
                lost: u64::from_le_bytes(*lost),
                digest: digest.try_into().ok()?,
            };
            all.push(head).then_some(())?;
        }
        Some(all)
    }
}

impl PartialEq for Heads {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Heads {}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn heads_survive_a_channel(all in prop::collection::vec(any::<(u64, u64, [u8; 32])>(), 0..=8)) {
            let mut heads = Heads::NONE;
            for (records, lost, digest) in &all {
                assert!(heads.push(Head { records: *records, lost: *lost, digest: *digest }));
            }
            let mut buffer = [0xaa; MAX_BYTES];
            let record = heads.write(&mut buffer);
            prop_assert_eq!(record.len(), all.len() * HEAD_BYTES);
            prop_assert_eq!(Heads::read(record), Some(heads));
        }

        #[test]
        fn what_is_no_list_of_heads_is_refused(record: Vec<u8>) {
            let whole = record.len().is_multiple_of(HEAD_BYTES) && record.len() <= MAX_BYTES;
            prop_assert_eq!(Heads::read(&record).is_some(), whole);
        }
    }

    #[test]
    fn there_are_no_more_heads_than_processors() {
        assert_eq!(Heads::read(&[0; MAX_BYTES + HEAD_BYTES]), None);
        let mut heads = Heads::read(&[0; MAX_BYTES]).unwrap();
        assert_eq!(heads.as_slice().len(), MAX_PROCESSORS);
        assert!(!heads.push(Head::START));
    }
}
