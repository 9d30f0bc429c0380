//! The last audit records of each processor, behind the crash record in its page: they survive a warm
//! reset however the boot came to its end, as each is stored when it is written.

use super::{PAGE, Record};
use crate::handoff::MAX_PROCESSORS;
use crate::layout;

/// Records that are kept for each processor.
pub const RECORDS: usize = 6;

/// Words of a record.
pub const WORDS: usize = 8;

type Tails = [[[u64; WORDS]; RECORDS]; MAX_PROCESSORS];

/// Where they begin: so that they end with the page.
const OFFSET: usize = layout::PAGE as usize - size_of::<Tails>();

const _: () = assert!(OFFSET >= size_of::<Record>(), "the page holds the record and the tails");

/// Stores a record, whose number on its processor is `sequence`, over the oldest that is kept.
pub fn keep(processor: usize, sequence: u64, record: &[u64; WORDS]) {
    let position = (sequence % RECORDS as u64) as usize;
    if let Some(place) = place(processor, position) {
        // SAFETY: `attach` was promised that the page is mapped and ours; each processor writes its
        // own part only.
        unsafe { place.write_volatile(*record) }
    }
}

/// What is kept of a processor, in no order. It may be anything: the memory is as it was found.
pub fn of(processor: usize) -> impl Iterator<Item = [u64; WORDS]> {
    let places = (0..RECORDS).filter_map(move |position| place(processor, position));
    // SAFETY: as above; any content is a record's.
    places.map(|place| unsafe { place.read_volatile() })
}

/// Forgets all records.
pub fn clear() {
    let all = (0..MAX_PROCESSORS).flat_map(|cpu| (0..RECORDS).map(move |position| (cpu, position)));
    for place in all.filter_map(|(cpu, position)| place(cpu, position)) {
        // SAFETY: as above; the boot program runs alone.
        unsafe { place.write_volatile([0; WORDS]) }
    }
}

fn place(processor: usize, position: usize) -> Option<*mut [u64; WORDS]> {
    let page = PAGE.load(core::sync::atomic::Ordering::Relaxed);
    if page == 0 || processor >= MAX_PROCESSORS || position >= RECORDS {
        return None;
    }
    let index = processor.wrapping_mul(RECORDS).wrapping_add(position);
    let start = (page as usize).wrapping_add(OFFSET) as *mut [u64; WORDS];
    Some(start.wrapping_add(index))
}
