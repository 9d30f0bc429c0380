//! Kernels in ELF files, 32-bit or 64-bit, loaded by their physical addresses.

use cloister_device::GuestMemory;
use elf::abi::{EM_386, EM_X86_64, ET_DYN, ET_EXEC, PT_LOAD};
use elf::endian::LittleEndian;
use elf::file::Class;
use elf::segment::ProgramHeader;
use elf::{ElfBytes, parse::ParseError};

use super::{Error, Guest, place};

/// Most program headers of a file.
const MAX_SEGMENTS: usize = 64;

/// An ELF file for this processor.
pub(super) struct ElfImage<'a>(ElfBytes<'a, LittleEndian>);

impl<'a> ElfImage<'a> {
    /// Reads the file's headers.
    pub(super) fn parse(file: &'a [u8]) -> Result<Self, Error> {
        let image = ElfBytes::minimal_parse(file).map_err(|error| match error {
            ParseError::BadMagic(_) => Error::NoProtocol,
            _ => Error::Elf("is damaged"),
        })?;
        if !matches!(image.ehdr.e_machine, EM_386 | EM_X86_64) {
            return Err(Error::Elf("is for another processor"));
        }
        if !matches!(image.ehdr.e_type, ET_EXEC | ET_DYN) {
            return Err(Error::Elf("is not a program"));
        }
        Ok(Self(image))
    }

    /// The file's entry.
    pub(super) const fn entry(&self) -> u64 {
        self.0.ehdr.e_entry
    }

    /// Whether it is a 32-bit or a 64-bit file.
    pub(super) const fn class(&self) -> Class {
        self.0.ehdr.class
    }

    /// The program headers.
    pub(super) fn segments(&self) -> Result<impl Iterator<Item = ProgramHeader>, Error> {
        let segments = self.0.segments().ok_or(Error::Elf("has no program headers"))?;
        if segments.len() > MAX_SEGMENTS {
            return Err(Error::Elf("has too many program headers"));
        }
        Ok(segments.iter())
    }

    /// A segment's bytes in the file.
    pub(super) fn data(&self, segment: &ProgramHeader) -> Result<&'a [u8], Error> {
        self.0.segment_data(segment).map_err(|_| Error::Truncated)
    }

    /// Loads all segments, and gives the address behind the last one.
    pub(super) fn load(&self, memory: &impl GuestMemory, guest: &Guest<'_>) -> Result<u64, Error> {
        let mut end = 0;
        for segment in self.segments()? {
            if segment.p_type != PT_LOAD || segment.p_memsz == 0 {
                continue;
            }
            if segment.p_filesz > segment.p_memsz {
                return Err(Error::Elf("has a segment larger than its memory"));
            }
            // Memory is zero: what the file does not fill needs no writing.
            place::check_kernel(guest, segment.p_paddr, segment.p_memsz)?;
            place::write_kernel(memory, guest, segment.p_paddr, self.data(&segment)?)?;
            end = end.max(segment.p_paddr + segment.p_memsz);
        }
        if end == 0 { Err(Error::Elf("has nothing to load")) } else { Ok(end) }
    }
}
