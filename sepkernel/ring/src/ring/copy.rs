//! Bytes into words and back. On x86-64 a relaxed access is a plain one, so these loops are what a
//! copy without vector registers is.

use super::layout::Memory;
use crate::atomic::{AtomicU64, Ordering::Relaxed};

/// Words in a step of the loops, so that the compiler unrolls them.
const STEP: usize = 8;

/// Copies words to bytes; the last word may be used in part. Each word is loaded once.
pub fn load(words: &[AtomicU64], bytes: &mut [u8]) {
    let (whole, rest) = bytes.as_chunks_mut::<8>();
    let tail = words.get(whole.len()).filter(|_| !rest.is_empty());
    let (steps, single) = whole.as_chunks_mut::<STEP>();
    let (word_steps, _) = words.as_chunks::<STEP>();
    for (bytes, words) in steps.iter_mut().zip(word_steps) {
        for (bytes, word) in bytes.iter_mut().zip(words) {
            *bytes = word.load(Relaxed).to_le_bytes();
        }
    }
    let words = words.get(steps.len() * STEP..).unwrap_or(&[]);
    for (bytes, word) in single.iter_mut().zip(words) {
        *bytes = word.load(Relaxed).to_le_bytes();
    }
    if let Some(word) = tail {
        let value = word.load(Relaxed).to_le_bytes();
        rest.iter_mut().zip(value).for_each(|(place, byte)| *place = byte);
    }
}

/// Copies whole words.
fn store(words: &[AtomicU64], bytes: &[[u8; 8]]) {
    let (steps, single) = bytes.as_chunks::<STEP>();
    let (word_steps, _) = words.as_chunks::<STEP>();
    for (bytes, words) in steps.iter().zip(word_steps) {
        for (bytes, word) in bytes.iter().zip(words) {
            word.store(u64::from_le_bytes(*bytes), Relaxed);
        }
    }
    let words = words.get(steps.len() * STEP..).unwrap_or(&[]);
    for (bytes, word) in single.iter().zip(words) {
        word.store(u64::from_le_bytes(*bytes), Relaxed);
    }
}

/// Writes bytes one part after the other, from an index on, around the end of the memory.
#[derive(Debug)]
pub struct Pen<'a> {
    memory: Memory<'a>,
    index: usize,
    /// Bytes of a word that is not complete.
    partial: [u8; 8],
    filled: usize,
}

impl<'a> Pen<'a> {
    /// Begins at an index.
    pub const fn new(memory: Memory<'a>, index: usize) -> Self {
        Self { memory, index, partial: [0; 8], filled: 0 }
    }

    /// Writes a word; there is no incomplete one.
    pub fn word(&mut self, value: u64) {
        if let Some(word) = self.memory.data.get(self.index) {
            word.store(value, Relaxed);
        }
        self.index = self.memory.next(self.index);
    }

    /// Writes bytes. The caller sees to it that they fit.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let missing = if self.filled == 0 { 0 } else { 8_usize.saturating_sub(self.filled) };
        let (head, bytes) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
        self.gather(head);
        let (whole, rest) = bytes.as_chunks::<8>();
        self.words(whole);
        self.gather(rest);
    }

    /// Writes an incomplete word, if there is one.
    pub fn finish(mut self) {
        if self.filled != 0 {
            self.word(u64::from_le_bytes(self.partial));
        }
    }

    fn words(&mut self, whole: &[[u8; 8]]) {
        let (to_end, from_start) = self.memory.around(self.index);
        let (first, second) = whole.split_at_checked(to_end.len()).unwrap_or((whole, &[]));
        store(to_end, first);
        store(from_start, second);
        let behind = self.index.wrapping_add(whole.len());
        let length = self.memory.data.len();
        self.index = if behind < length { behind } else { behind.wrapping_sub(length) };
    }

    /// Takes bytes of an incomplete word, not more than are missing.
    fn gather(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if let Some(place) = self.partial.get_mut(self.filled) {
                *place = byte;
            }
            self.filled = self.filled.wrapping_add(1);
        }
        if self.filled >= self.partial.len() {
            self.word(u64::from_le_bytes(self.partial));
            self.partial = [0; 8];
            self.filled = 0;
        }
    }
}
