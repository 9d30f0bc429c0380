//! Keeps decoded instructions.

use super::{Address, DecodeError, Form, Instruction, LONGEST, Operation, decode};
use crate::cpu::{Mode, SegmentName};
use cloister_device::Width;

/// How many instructions are kept: a power of 2.
const ENTRIES: usize = 64;

#[derive(Clone, Copy)]
struct Entry {
    mode: Mode,
    bytes: [u8; LONGEST],
    instruction: Instruction,
}

impl Entry {
    /// No instruction has length 0.
    const EMPTY: Self = Self {
        mode: Mode::Real,
        bytes: [0; LONGEST],
        instruction: Instruction {
            length: 0,
            operation: Operation::Move,
            width: Width::One,
            form: Form::Memory,
            address: Address::NONE,
            segment: SegmentName::Ds,
            address_width: Width::Two,
            repeat: false,
        },
    };
}

/// A decoder with a memory.
///
/// The instruction pointer only says where to look: an entry is used if the mode and all the bytes
/// are the same, and nothing else has a part in decoding. Changed code needs no care.
pub struct Decoder {
    entries: [Entry; ENTRIES],
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: [Entry::EMPTY; ENTRIES] }
    }

    /// Decodes the instruction at `rip` that the bytes begin with.
    ///
    /// # Errors
    /// See [`DecodeError`].
    pub fn decode(
        &mut self,
        mode: Mode,
        rip: u64,
        bytes: &[u8],
    ) -> Result<Instruction, DecodeError> {
        // Instructions that access a device are several bytes apart.
        let slot = (rip ^ rip >> 6) as usize % ENTRIES;
        let entry = &mut self.entries[slot];
        let length = usize::from(entry.instruction.length);
        if length != 0
            && entry.mode == mode
            && bytes.get(..length).is_some_and(|bytes| entry.bytes.get(..length) == Some(bytes))
        {
            return Ok(entry.instruction);
        }
        let instruction = decode(mode, bytes)?;
        let mut kept = [0; LONGEST];
        for (kept, byte) in kept.iter_mut().zip(bytes) {
            *kept = *byte;
        }
        *entry = Entry { mode, bytes: kept, instruction };
        Ok(instruction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_bytes_and_modes_are_decoded_anew() {
        let mut decoder = Decoder::new();
        let load = [0x8b, 0x03, 0x90, 0x90];
        let first = decoder.decode(Mode::Long, 0x1000, &load).unwrap();
        assert_eq!(decoder.decode(Mode::Long, 0x1000, &load), Ok(first));
        assert_eq!(decoder.decode(Mode::Long, 0x1000, &load[..1]), Err(DecodeError::Incomplete));
        let store = decoder.decode(Mode::Long, 0x1000, &[0x89, 0x03]).unwrap();
        assert_ne!(store, first);
        let other = decoder.decode(Mode::Real, 0x1000, &[0x89, 0x03]).unwrap();
        assert_ne!(other, store, "[rbx] and [bp+di]");
    }
}
