//! Bytes in words, by one access a word: for where there is no string instruction, and for tests, which put
//! other atomics in place of the processor's.

use super::{AtomicU64, Ordering::Relaxed};

/// Bytes of a word.
const WORD: usize = 8;

/// Copies bytes out of words, from this byte on. Each word is loaded once. What lies beyond the words is
/// left out.
pub fn load(words: &[AtomicU64], offset: usize, bytes: &mut [u8]) {
    let words = words.get(offset / WORD..).unwrap_or(&[]);
    let (mut passed, mut bytes) = (offset % WORD, bytes);
    for word in words {
        let length = bytes.len().min(WORD - passed);
        if length == 0 {
            return;
        }
        let value = word.load(Relaxed).to_le_bytes();
        let (now, later) = bytes.split_at_mut(length);
        now.copy_from_slice(&value[passed..passed + length]);
        (passed, bytes) = (0, later);
    }
}

/// Copies bytes into words, from this byte on; the others stay. What lies beyond the words is left out.
pub fn store(words: &[AtomicU64], offset: usize, bytes: &[u8]) {
    let words = words.get(offset / WORD..).unwrap_or(&[]);
    let (mut passed, mut bytes) = (offset % WORD, bytes);
    for word in words {
        let length = bytes.len().min(WORD - passed);
        if length == 0 {
            return;
        }
        let (now, later) = bytes.split_at(length);
        let mut value = if length < WORD { word.load(Relaxed).to_le_bytes() } else { [0; WORD] };
        value[passed..passed + length].copy_from_slice(now);
        word.store(u64::from_le_bytes(value), Relaxed);
        (passed, bytes) = (0, later);
    }
}
