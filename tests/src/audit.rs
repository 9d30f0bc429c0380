//! A machine's audit records, read from outside.

use cloister::machine::Machine;
use cloister_abi::AUDIT_RECORDS;
use cloister_audit_chain::{Digest, Link, RECORD_BYTES, from_bytes, sha256};
use cloister_model::audit::Record;

use crate::memory;

/// Where the records of a processor's block begin, and a block's size.
const RECORDS: usize = 4096;
const BLOCK: usize = 5 * 4096;

/// Where the records of all processors lie: memory that `reader` reads and the kernel writes, as the boot
/// log says.
///
/// # Panics
/// If the log says of no such memory.
#[must_use]
pub fn place(log: &[String], reader: &str) -> u64 {
    let maps = |who: &str| -> Vec<&str> {
        let ranges = log.iter().filter(|line| line.ends_with(who));
        ranges
            .filter_map(|line| Some(line.strip_prefix("boot: map ")?.split_once(": ")?.0))
            .collect()
    };
    let written = maps("kernel, read, write");
    let shared = maps(&format!("{reader}, read")).into_iter().find(|range| written.contains(range));
    let shared =
        shared.unwrap_or_else(|| panic!("no memory of the audit records:\n{}", log.join("\n")));
    let (from, _) = shared.split_once(" to ").expect("a range");
    u64::from_str_radix(from.trim_start_matches("0x"), 16).expect("an address")
}

/// The first so many records of a processor, as they lie in the machine's memory.
///
/// # Panics
/// If there is no such memory.
#[must_use]
pub fn records(machine: &mut Machine, place: u64, processor: usize, count: usize) -> Vec<Record> {
    let start = place + (processor * BLOCK + RECORDS) as u64;
    let bytes = memory::read(machine, start, count * RECORD_BYTES);
    bytes.as_chunks::<RECORD_BYTES>().0.iter().map(from_bytes).collect()
}

/// The last link of the chain of these records.
#[must_use]
pub fn chain(records: &[Record]) -> Digest {
    records.iter().fold(Link::START, |link, record| link.append(sha256, record).1).digest
}

/// All records of the first processor, collected while the machine runs.
#[derive(Debug)]
pub struct Journal {
    place: u64,
    records: Vec<Record>,
    is_whole: bool,
    looks: usize,
}

/// Calls of [`Journal::look`] of which one does.
const EVERY: usize = 8;

/// The newest records that are looked at: the oldest of the ring may be being overwritten.
const NEWEST: u64 = AUDIT_RECORDS as u64 - 16;

impl Journal {
    /// Without records; they lie at `place`.
    #[must_use]
    pub fn new(place: u64) -> Self {
        Self { place, records: Vec::new(), is_whole: true, looks: 0 }
    }

    /// Takes what is new. To be called often, as the kernel overwrites old records.
    ///
    /// # Panics
    /// If the machine's memory cannot be read.
    pub fn look(&mut self, machine: &mut Machine) {
        self.looks += 1;
        if !self.looks.is_multiple_of(EVERY) {
            return;
        }
        let bytes = memory::read(machine, self.place, BLOCK);
        let next = bytes[8..16].try_into().map(u64::from_le_bytes).expect("eight bytes");
        let due = self.records.len() as u64;
        self.is_whole &= due + NEWEST >= next;
        if !self.is_whole {
            return;
        }
        let (all, _) = bytes[RECORDS..].as_chunks::<RECORD_BYTES>();
        for sequence in due..next {
            let record = from_bytes(&all[sequence as usize % AUDIT_RECORDS]);
            self.is_whole &= record.sequence == sequence;
            self.records.push(record);
        }
    }

    /// The records since boot; none if one was missed.
    #[must_use]
    pub fn records(&self) -> Option<&[Record]> {
        self.is_whole.then_some(&*self.records)
    }
}
