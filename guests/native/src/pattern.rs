//! The records of a channel under test: who knows a record's number knows its bytes.

use crate::random::Random;

/// Bytes of the longest record.
pub const LONGEST: usize = 1500;

/// Puts the record with this number at the start of `buffer`; returns its length.
pub fn record(number: u64, buffer: &mut [u8; LONGEST]) -> usize {
    let mut random = Random::new(number.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let length = random.below(LONGEST as u64 + 1) as usize;
    for bytes in buffer.chunks_mut(8).take(length.div_ceil(8)) {
        let word = random.word().to_le_bytes();
        bytes.iter_mut().zip(word).for_each(|(place, byte)| *place = byte);
    }
    length
}

/// Whether these are the bytes of the record with this number.
#[must_use]
pub fn is_record(number: u64, bytes: &[u8]) -> bool {
    let mut buffer = [0; LONGEST];
    let length = record(number, &mut buffer);
    buffer.get(..length) == Some(bytes)
}
