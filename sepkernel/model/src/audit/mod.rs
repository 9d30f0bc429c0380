//! The audit ring: what a record holds, where it goes, and whether a chain of records is whole.
//!
//! The kernel writes records of one size into a ring that one subject reads. It computes no digest:
//! after lock it has no cryptography. The reader chains the records that it exports, and whoever
//! receives them verifies the chain. The writer learns nothing of the reader, so records that are
//! not read in time are overwritten; sequence numbers show how many.

mod chain;
mod record;
mod ring;

pub use chain::{ChainEntry, ChainError, ChainHash, Digest, Link, verify};
pub use record::{Kind, RECORD_BYTES, RECORD_WORDS, Record};
pub use ring::{Place, Ring};
