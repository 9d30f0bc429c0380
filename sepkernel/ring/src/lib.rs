//! What components agree on among themselves, and with programs in worlds: the ring of records in a channel's
//! memory, and what the trusted GUI writes into that of a world. Kernel and boot program have no part in it.

#![no_std]
#![deny(unsafe_code)]

#[cfg(test)]
extern crate std;

mod atomic;
mod input;
mod ring;

pub use input::{INPUT_RECORD_BYTES, InputRecord};
pub use ring::{
    HEADER_WORDS, MINIMUM_WORDS, Peeked, Piece, Reader, Record, Span, Statistics, TooLong, Writer,
};
