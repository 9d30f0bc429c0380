//! What a record of the channel says. Integers are little-endian.
//!
//! | offset | bytes | field |
//! | --- | --- | --- |
//! | 0 | 4 | `CLD1` |
//! | 4 | 4 | CRC-32 (IEEE 802.3) of all that follows |
//! | 8 | 1 | kind: 1 announcement, 2 block |
//! | 9 | 7 | zeros |
//! | 16 | 16 | the transfer |
//!
//! An announcement goes on with
//!
//! | offset | bytes | field |
//! | --- | --- | --- |
//! | 32 | 8 | bytes of the file |
//! | 40 | 4 | bytes of each block but the last |
//! | 44 | 4 | bytes of the name |
//! | 48 | 32 | SHA-256 of the file |
//! | 80 | | the name, UTF-8 |
//!
//! and a block with
//!
//! | offset | bytes | field |
//! | --- | --- | --- |
//! | 32 | 8 | its number, from 0 |
//! | 40 | | its bytes |

use crate::digest::{self, DIGEST_BYTES};
use crate::name::{FileName, Refused};

/// Bytes of a block: powers of two between these.
pub const BLOCK_SIZES: std::ops::RangeInclusive<u32> = 512..=65_536;

/// Bytes before the content of a block.
pub const BLOCK_HEAD: usize = 40;

/// Bytes of the longest record.
pub const LONGEST: usize = BLOCK_HEAD + *BLOCK_SIZES.end() as usize;

const MAGIC: [u8; 4] = *b"CLD1";
const ANNOUNCEMENT: u8 = 1;
const BLOCK: u8 = 2;

/// Identifies a transfer: one content under one name, as it was at one time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TransferId(pub [u8; 16]);

impl TransferId {
    /// The identifier of a file that was changed last at a time.
    #[must_use]
    pub fn of(name: &FileName, digest: &[u8; DIGEST_BYTES], modified_nanoseconds: u128) -> Self {
        let time = modified_nanoseconds.to_le_bytes();
        let digest = digest::of_parts(&[name.as_str().as_bytes(), digest, &time]);
        let mut id = [0; 16];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(id)
    }

    /// As the names of files that belong to it begin.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

/// What is to be known of a file before its blocks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Announcement {
    /// The transfer.
    pub id: TransferId,
    /// The file's name.
    pub name: FileName,
    /// Its length in bytes.
    pub size: u64,
    /// Bytes of each block but the last, a power of two of [`BLOCK_SIZES`].
    pub block: u32,
    /// SHA-256 of its content.
    pub digest: [u8; DIGEST_BYTES],
}

impl Announcement {
    /// How many blocks it has.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.size.div_ceil(self.block.into())
    }

    /// Bytes of a block; none if there is no such block.
    #[must_use]
    pub fn block_length(&self, number: u64) -> Option<usize> {
        let start = number.checked_mul(self.block.into())?;
        let rest = self.size.checked_sub(start).filter(|rest| *rest > 0)?;
        Some(rest.min(self.block.into()) as usize)
    }
}

/// A record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Record<'a> {
    /// A file is coming.
    Announcement(Announcement),
    /// A part of it.
    Block {
        /// The transfer.
        id: TransferId,
        /// Which part, from 0.
        number: u64,
        /// Its bytes.
        bytes: &'a [u8],
    },
}

/// Why a record makes no sense.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Malformed {
    /// It is too short, too long, or no record at all.
    #[error("it is no record of a file drop")]
    Form,
    /// Its content is not what was written.
    #[error("its checksum does not fit")]
    Checksum,
    /// A number in it cannot be.
    #[error("a number in it cannot be")]
    Number,
    /// The file's name may not cross.
    #[error("the file's name is refused: {0}")]
    Name(#[from] Refused),
}

impl<'a> Record<'a> {
    /// The record's bytes, in place of what `into` holds.
    pub fn encode(&self, into: &mut Vec<u8>) {
        into.clear();
        into.extend(MAGIC);
        into.extend([0; 4]);
        match self {
            Self::Announcement(it) => {
                let name = it.name.as_str().as_bytes();
                into.extend([ANNOUNCEMENT, 0, 0, 0, 0, 0, 0, 0]);
                into.extend(it.id.0);
                into.extend(it.size.to_le_bytes());
                into.extend(it.block.to_le_bytes());
                into.extend((name.len() as u32).to_le_bytes());
                into.extend(it.digest);
                into.extend(name);
            }
            Self::Block { id, number, bytes } => {
                into.extend([BLOCK, 0, 0, 0, 0, 0, 0, 0]);
                into.extend(id.0);
                into.extend(number.to_le_bytes());
                into.extend(*bytes);
            }
        }
        let checksum = crc32fast::hash(&into[8..]);
        into[4..8].copy_from_slice(&checksum.to_le_bytes());
    }

    /// The record that these bytes are.
    ///
    /// # Errors
    /// [`Malformed`] says what is wrong.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.len() > LONGEST {
            return Err(Malformed::Form);
        }
        let (magic, rest) = bytes.split_first_chunk::<4>().ok_or(Malformed::Form)?;
        let (checksum, rest) = rest.split_first_chunk::<4>().ok_or(Malformed::Form)?;
        if *magic != MAGIC {
            return Err(Malformed::Form);
        }
        if crc32fast::hash(rest) != u32::from_le_bytes(*checksum) {
            return Err(Malformed::Checksum);
        }
        let (kind, rest) = rest.split_first_chunk::<8>().ok_or(Malformed::Form)?;
        let (id, rest) = rest.split_first_chunk::<16>().ok_or(Malformed::Form)?;
        let (number, rest) = rest.split_first_chunk::<8>().ok_or(Malformed::Form)?;
        let (id, number) = (TransferId(*id), u64::from_le_bytes(*number));
        match kind {
            [ANNOUNCEMENT, 0, 0, 0, 0, 0, 0, 0] => announcement(id, number, rest),
            [BLOCK, 0, 0, 0, 0, 0, 0, 0] => Ok(Self::Block { id, number, bytes: rest }),
            _ => Err(Malformed::Form),
        }
    }
}

fn announcement(id: TransferId, size: u64, rest: &[u8]) -> Result<Record<'static>, Malformed> {
    let (block, rest) = rest.split_first_chunk::<4>().ok_or(Malformed::Form)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(Malformed::Form)?;
    let (digest, name) = rest.split_first_chunk::<DIGEST_BYTES>().ok_or(Malformed::Form)?;
    let block = u32::from_le_bytes(*block);
    if u32::from_le_bytes(*length) as usize != name.len() {
        return Err(Malformed::Form);
    }
    if !BLOCK_SIZES.contains(&block) || !block.is_power_of_two() || i64::try_from(size).is_err() {
        return Err(Malformed::Number);
    }
    let name = FileName::new(name)?;
    Ok(Record::Announcement(Announcement { id, name, size, block, digest: *digest }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn announcement(size: u64, block: u32) -> Announcement {
        let name = FileName::new("naïve.txt".as_bytes()).unwrap();
        Announcement { id: TransferId([7; 16]), name, size, block, digest: [9; 32] }
    }

    fn encoded(record: &Record<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        record.encode(&mut bytes);
        bytes
    }

    #[test]
    fn records_survive_the_way() {
        for record in [
            Record::Announcement(announcement(0, 512)),
            Record::Announcement(announcement(i64::MAX as u64, 65_536)),
            Record::Block { id: TransferId([1; 16]), number: u64::MAX, bytes: b"content" },
            Record::Block { id: TransferId([1; 16]), number: 0, bytes: b"" },
        ] {
            assert_eq!(Record::decode(&encoded(&record)), Ok(record));
        }
    }

    #[test]
    fn any_bit_that_changes_is_noticed() {
        let whole = encoded(&Record::Announcement(announcement(5, 512)));
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Record::decode(&bytes).is_err(), "bit {bit}");
        }
        for length in 0..whole.len() {
            assert!(Record::decode(&whole[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn numbers_that_cannot_be_are_refused() {
        for (size, block) in [(1, 0), (1, 511), (1, 513), (1, 768), (1, 131_072), (1 << 63, 512)] {
            let record = Record::Announcement(announcement(size, block));
            assert_eq!(Record::decode(&encoded(&record)), Err(Malformed::Number));
        }
        let long = vec![0; LONGEST - BLOCK_HEAD + 1];
        let record = Record::Block { id: TransferId([0; 16]), number: 0, bytes: &long };
        assert_eq!(Record::decode(&encoded(&record)), Err(Malformed::Form));
    }

    #[test]
    fn blocks_are_whole_but_for_the_last() {
        let it = announcement(1025, 512);
        assert_eq!(it.blocks(), 3);
        let lengths = [0, 1, 2, 3, u64::MAX].map(|number| it.block_length(number));
        assert_eq!(lengths, [Some(512), Some(512), Some(1), None, None]);
        assert_eq!(
            (announcement(0, 512).blocks(), announcement(0, 512).block_length(0)),
            (0, None)
        );
    }

    proptest! {
        #[test]
        fn nothing_makes_the_decoder_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), fix: bool) {
            if fix && bytes.len() >= 9 {
                bytes[..4].copy_from_slice(&MAGIC);
                bytes[8] %= 3;
                bytes.iter_mut().skip(9).take(7).for_each(|byte| *byte = 0);
                let checksum = crc32fast::hash(&bytes[8..]);
                bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
            }
            if let Ok(record) = Record::decode(&bytes) {
                prop_assert_eq!(encoded(&record), bytes);
            }
        }
    }
}
