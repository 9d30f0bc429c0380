//! A record as bytes: its words, little-endian.

use cloister_abi::AUDIT_RECORD_WORDS;
use cloister_model::audit::Record;

/// Bytes of a record.
pub const RECORD_BYTES: usize = AUDIT_RECORD_WORDS * 8;

/// The record as bytes.
#[must_use]
pub fn to_bytes(record: &Record) -> [u8; RECORD_BYTES] {
    let mut bytes = [0; RECORD_BYTES];
    for (chunk, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(record.to_words()) {
        *chunk = word.to_le_bytes();
    }
    bytes
}

/// The record of these bytes. Every content is a record, maybe of a kind that is not known.
#[must_use]
pub fn from_bytes(bytes: &[u8; RECORD_BYTES]) -> Record {
    let mut words = [0; AUDIT_RECORD_WORDS];
    for (word, chunk) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*chunk);
    }
    Record::from_words(words)
}

#[cfg(test)]
mod tests {
    use cloister_model::subject::SubjectId;

    use super::*;

    #[test]
    fn a_record_survives_its_bytes_and_each_field_has_its_place() {
        let record = Record {
            sequence: 0x0102_0304_0506_0708,
            boot: 2,
            time: 3,
            kind: 0x1122,
            subject: SubjectId(0x3344),
            processor: 0x5566,
            arguments: [4, 5, 6, u64::MAX],
        };
        let bytes = to_bytes(&record);
        assert_eq!(bytes[..8], [8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(bytes[24..32], [0x22, 0x11, 0x44, 0x33, 0x66, 0x55, 0, 0]);
        assert_eq!(bytes[56..], [0xff; 8]);
        assert_eq!(from_bytes(&bytes), record);
    }
}
