//! Decodes the guest's instructions.
//!
//! Decoding is `yaxpeax-x86`'s; what it found is turned into one form for all modes, and only for those
//! instructions that the emulator carries out. Decoded instructions are kept by their bytes, since a
//! driver accesses its device from few places.

mod cache;
mod convert;
mod fetch;
mod instruction;
#[cfg(test)]
mod tests;

use crate::cpu::Mode;

pub use cache::Decoder;
pub(crate) use fetch::decode_at;
pub use fetch::{FetchError, Fetched, instruction_bytes, instruction_length};
pub use instruction::{
    Address, Arithmetic, Base, Bit, Form, Instruction, Operation, StringOperation, Unary,
};

/// Longest instruction in bytes.
pub const LONGEST: usize = 15;

/// Why bytes were not decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecodeError {
    /// They end within the instruction.
    Incomplete,
    /// They are no instruction, or none that the emulator carries out.
    Unsupported,
}

/// Decodes the instruction that the bytes begin with.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(mode: Mode, bytes: &[u8]) -> Result<Instruction, DecodeError> {
    convert::decode(mode, bytes)
}

/// The length of the instruction that the bytes begin with, 1 to 15: of any instruction that the
/// decoder knows.
///
/// # Errors
/// See [`DecodeError`].
pub fn length(mode: Mode, bytes: &[u8]) -> Result<u8, DecodeError> {
    match bytes {
        // What leaves a guest most often, without prefixes, is the same in all modes: HLT, IN and OUT
        // by DX; IN and OUT of a fixed port; WRMSR, RDTSC, RDMSR, CPUID.
        [0xf4 | 0xec..=0xef, ..] => Ok(1),
        [0xe4..=0xe7, _, ..] | [0x0f, 0x30..=0x32 | 0xa2, ..] => Ok(2),
        _ => convert::length(mode, bytes),
    }
}
