//! Reading the records of all processors.

use cloister_abi::Fetched;
use cloister_audit_heads::{Head, Heads, MAX_PROCESSORS};
use cloister_model::audit::Record;
use sha2::{Digest as _, Sha256};

use crate::{Digest, Link, RECORD_BYTES};

/// One processor's chain so far.
#[derive(Clone, Copy, Debug)]
struct Chain {
    /// The number of the record that is read next.
    next: u64,
    lost: u64,
    link: Link,
}

/// The chains of all processors.
#[derive(Clone, Debug)]
pub struct Chains {
    chains: [Chain; MAX_PROCESSORS],
    /// Processors of which anything was seen.
    seen: usize,
}

impl Chains {
    /// Chains of no records.
    #[must_use]
    pub const fn new() -> Self {
        let chain = Chain { next: 0, lost: 0, link: Link::START };
        Self { chains: [chain; MAX_PROCESSORS], seen: 0 }
    }

    /// Chains what is new, at most so many records of each processor, and shows each to `show`. Of each
    /// processor, in their order, `blocks` has what finds its record with a number.
    pub fn read(
        &mut self,
        blocks: impl Iterator<Item = impl Fn(u64) -> Fetched>,
        at_once: usize,
        mut show: impl FnMut(&Record),
    ) {
        for (position, (record, chain)) in blocks.zip(&mut self.chains).enumerate() {
            self.seen = self.seen.max(position + 1);
            for _ in 0..at_once {
                match record(chain.next) {
                    Fetched::Record(words) => {
                        let record = Record::from_words(words);
                        (_, chain.link) = chain.link.append(sha256, &record);
                        chain.next = chain.next.saturating_add(1);
                        show(&record);
                    }
                    Fetched::Gone(oldest) => {
                        chain.lost = chain.lost.saturating_add(oldest.saturating_sub(chain.next));
                        chain.next = oldest;
                    }
                    Fetched::NotYet => break,
                }
            }
        }
    }

    /// How far they are.
    #[must_use]
    pub fn heads(&self) -> Heads {
        let mut heads = Heads::NONE;
        for chain in self.chains.iter().take(self.seen) {
            let records = chain.next.saturating_sub(chain.lost);
            heads.push(Head { records, lost: chain.lost, digest: chain.link.digest });
        }
        heads
    }
}

impl Default for Chains {
    fn default() -> Self {
        Self::new()
    }
}

/// The hash that chains are made with: SHA-256 of the digest before and the record.
#[must_use]
pub fn sha256(before: &Digest, record: &[u8; RECORD_BYTES]) -> Digest {
    Sha256::new().chain_update(before).chain_update(record).finalize().into()
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::to_bytes;

    /// A processor that wrote so many records, of which the newest four are there.
    fn block(written: u64) -> impl Fn(u64) -> Fetched {
        move |number| {
            let oldest = written.saturating_sub(4);
            match number {
                _ if number >= written => Fetched::NotYet,
                _ if number < oldest => Fetched::Gone(oldest),
                _ => Fetched::Record([number, 1, 2, 3, 4, 5, 6, 7]),
            }
        }
    }

    /// The chain of these records.
    fn chain(numbers: impl Iterator<Item = u64>) -> [u8; 32] {
        numbers.fold([0; 32], |before, number| {
            let record = Record::from_words([number, 1, 2, 3, 4, 5, 6, 7]);
            sha256(&before, &to_bytes(&record))
        })
    }

    #[test]
    fn every_record_is_chained_once_in_as_many_turns_as_it_takes() {
        let mut chains = Chains::new();
        assert_eq!(chains.heads(), Heads::NONE);
        let mut shown = Vec::new();
        for written in [[1, 0], [4, 2], [4, 2], [4, 3]] {
            chains.read(written.map(block).into_iter(), 2, |record| shown.push(record.sequence));
        }
        let heads = chains.heads();
        let expected =
            [4, 3].map(|count| Head { records: count, lost: 0, digest: chain(0..count) });
        assert_eq!(heads.as_slice(), expected);
        assert_eq!((heads.records(), heads.lost(), shown.len()), (7, 0, 7));
    }

    #[test]
    fn records_that_were_overwritten_are_counted() {
        let mut chains = Chains::new();
        chains.read([block(2)].into_iter(), 8, |_| {});
        chains.read([block(9)].into_iter(), 8, |_| {});
        let digest = chain([0, 1].into_iter().chain(5..9));
        assert_eq!(chains.heads().as_slice(), [Head { records: 6, lost: 3, digest }]);
    }
}
