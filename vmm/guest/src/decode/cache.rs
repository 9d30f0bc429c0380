//! Keeps decoded instructions.

use super::{Address, DecodeError, Form, Instruction, LONGEST, Operation, decode};
use crate::cpu::{Mode, SegmentName};
use cloister_device::Width;

/// How many instructions are kept: a power of 2, less than 256.
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

/// Where a decoder keeps an instruction, until it decodes another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kept(u8);

impl Kept {
    const fn place(self) -> usize {
        self.0 as usize % ENTRIES
    }
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

    /// Decodes the instruction at `rip` that the bytes begin with, and says where it is kept.
    ///
    /// # Errors
    /// See [`DecodeError`].
    #[inline]
    pub fn decode(&mut self, mode: Mode, rip: u64, bytes: &[u8]) -> Result<Kept, DecodeError> {
        // Instructions that access a device are several bytes apart.
        let kept = Kept((rip ^ rip >> 6) as u8);
        let entry = &self.entries[kept.place()];
        let length = usize::from(entry.instruction.length);
        let same = length != 0
            && entry.mode == mode
            && bytes.get(..length).is_some_and(|bytes| entry.bytes.get(..length) == Some(bytes));
        if same { Ok(kept) } else { self.decode_anew(kept, mode, bytes) }
    }

    #[cold]
    #[inline(never)]
    fn decode_anew(&mut self, kept: Kept, mode: Mode, bytes: &[u8]) -> Result<Kept, DecodeError> {
        let instruction = decode(mode, bytes)?;
        let mut entry = Entry { mode, bytes: [0; LONGEST], instruction };
        for (to, from) in entry.bytes.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.entries[kept.place()] = entry;
        Ok(kept)
    }

    /// The instruction that was decoded last of those that are kept there.
    #[inline]
    #[must_use]
    pub const fn instruction(&self, kept: Kept) -> &Instruction {
        &self.entries[kept.place()].instruction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_bytes_and_modes_are_decoded_anew() {
        let mut decoder = Decoder::new();
        let mut decoded = |mode, bytes: &[u8]| {
            decoder.decode(mode, 0x1000, bytes).map(|kept| *decoder.instruction(kept))
        };
        let load = [0x8b, 0x03, 0x90, 0x90];
        let first = decoded(Mode::Long, &load).unwrap();
        assert_eq!(decoded(Mode::Long, &load), Ok(first));
        assert_eq!(decoded(Mode::Long, &load[..1]), Err(DecodeError::Incomplete));
        let store = decoded(Mode::Long, &[0x89, 0x03]).unwrap();
        assert_ne!(store, first);
        let other = decoded(Mode::Real, &[0x89, 0x03]).unwrap();
        assert_ne!(other, store, "[rbx] and [bp+di]");
    }
}
