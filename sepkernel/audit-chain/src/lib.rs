//! What the reader of audit records makes of them: a chain of hashes, in which nothing can be changed, put
//! in, taken out or moved unseen. The kernel has no part in it: after lock it has no cryptography.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod bytes;
mod chain;
mod chains;

pub use bytes::{RECORD_BYTES, from_bytes, to_bytes};
pub use chain::{ChainEntry, ChainError, ChainHash, Digest, Link, verify};
pub use chains::{Chains, sha256};
