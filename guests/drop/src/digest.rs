//! SHA-256 of files.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

/// Bytes of a digest.
pub const DIGEST_BYTES: usize = 32;

/// Bytes that are read at once.
const PIECE: usize = 256 << 10;

/// The digest of all that can still be read, and how many bytes that was.
pub fn of_reader(mut from: impl Read) -> io::Result<([u8; DIGEST_BYTES], u64)> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut total = 0;
    loop {
        let count = from.read(&mut piece)?;
        if count == 0 {
            return Ok((hash.finalize().into(), total));
        }
        hash.update(&piece[..count]);
        total += count as u64;
    }
}

/// The digest of several texts, each with its length before it.
pub fn of_parts(parts: &[&[u8]]) -> [u8; DIGEST_BYTES] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
