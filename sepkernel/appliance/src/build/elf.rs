//! Reads the boot program's ELF file, and refuses what cannot become an EFI program.
//!
//! Format: System V ABI, chapters 4 and 5, with the AMD64 supplement. Accepted is a static
//! position-independent executable whose segments are page-aligned and whose only relocations are
//! `R_X86_64_RELATIVE`: what a boot program that relocates itself in a few instructions needs.

use std::ops::Range;

use object::{
    Endianness::{self, Little},
    elf,
    read::elf::{Dyn as _, ElfFile64, FileHeader as _, ProgramHeader as _},
};
use object::{Object as _, ObjectSymbol as _};

/// Size of a page, in bytes: the unit of segments, sections and permissions.
pub const PAGE: u64 = 4096;

/// What may be done with the memory of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Permissions {
    /// Constants.
    Read,
    /// Data.
    ReadWrite,
    /// Code.
    ReadExecute,
}

/// A part of the program that is loaded into memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Address of the first byte, relative to where the program is loaded; a multiple of [`PAGE`].
    pub address: u64,
    /// Size in memory, in bytes; what lies behind `data` is zero.
    pub size: u64,
    /// Content from the file.
    pub data: Vec<u8>,
    /// Permissions.
    pub permissions: Permissions,
}

impl Segment {
    fn range(&self) -> Range<u64> {
        self.address..self.address + self.size
    }
}

/// A pointer in the program that holds an address within the program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Relocation {
    /// Where the pointer lies.
    pub address: u64,
    /// Where it points, relative to where the program is loaded.
    pub target: u64,
}

/// A position-independent program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// In ascending order of addresses.
    pub segments: Vec<Segment>,
    /// In ascending order of addresses.
    pub relocations: Vec<Relocation>,
    /// Address of the entry point.
    pub entry: u64,
}

/// Why an ELF file is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ElfError {
    /// It cannot be read.
    #[error("not a readable ELF file: {0}")]
    Unreadable(#[from] object::Error),
    /// It is for another machine, or of another kind.
    #[error("{0}")]
    Kind(&'static str),
    /// A program header of a kind that the boot program must not have.
    #[error("program header {index} has the type {kind:#x}, which a boot program must not have")]
    ProgramHeader {
        /// Counted from 0.
        index: usize,
        /// `p_type`.
        kind: u32,
    },
    /// A segment does not begin on a page, or overlaps the one before it.
    #[error("the segment at {address:#x} {problem}")]
    Segment {
        /// Its address.
        address: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// A dynamic entry that asks for work that the boot program does not do.
    #[error("dynamic entry {tag:#x} is not supported, only R_X86_64_RELATIVE relocations are")]
    Dynamic {
        /// `d_tag`.
        tag: i64,
    },
    /// A relocation of another kind than `R_X86_64_RELATIVE`.
    #[error("the relocation at {address:#x} is of type {kind}, not R_X86_64_RELATIVE")]
    RelocationKind {
        /// Where it applies.
        address: u64,
        /// `ELF64_R_TYPE`.
        kind: u32,
    },
    /// A relocation that is not within the file's content of a segment, or points out of them all.
    #[error("the relocation at {address:#x} {problem}")]
    Relocation {
        /// Where it applies.
        address: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// There is no such symbol.
    #[error("no symbol {0}")]
    NoSymbol(String),
}

impl Program {
    /// Reads the ELF file `bytes`, with the symbol `entry` as entry point.
    ///
    /// # Errors
    /// [`ElfError`], with what is not as this module's head says.
    pub fn read(bytes: &[u8], entry: &str) -> Result<Self, ElfError> {
        let file = ElfFile64::<Endianness>::parse(bytes)?;
        let header = file.elf_header();
        if file.endian() != Little || header.e_machine(Little) != elf::EM_X86_64 {
            return Err(ElfError::Kind("not for x86-64"));
        }
        if header.e_type(Little) != elf::ET_DYN {
            return Err(ElfError::Kind("not a position-independent executable (type ET_DYN)"));
        }
        let mut segments = Vec::new();
        let mut dynamic = Vec::new();
        for (index, part) in file.elf_program_headers().iter().enumerate() {
            match part.p_type(Little) {
                elf::PT_LOAD if part.p_memsz(Little) == 0 => {}
                elf::PT_LOAD => segments.push(read_segment(part, bytes)?),
                elf::PT_DYNAMIC => {
                    dynamic.extend_from_slice(part.dynamic(Little, bytes)?.unwrap_or_default())
                }
                elf::PT_PHDR
                | elf::PT_NOTE
                | elf::PT_GNU_STACK
                | elf::PT_GNU_RELRO
                | elf::PT_GNU_EH_FRAME
                | elf::PT_GNU_PROPERTY => {}
                kind => return Err(ElfError::ProgramHeader { index, kind: kind.0 }),
            }
        }
        if let Some(overlap) = segments
            .windows(2)
            .find(|pair| pair[1].address < pair[0].range().end.next_multiple_of(PAGE))
        {
            let address = overlap[1].address;
            return Err(ElfError::Segment {
                address,
                problem: "shares a page with the one before",
            });
        }
        let mut relocations = Vec::new();
        if let Some(table) = relocation_table(&dynamic)? {
            relocations = read_relocations(&segments, table)?;
        }
        let entry = file
            .symbols()
            .find(|symbol| symbol.name() == Ok(entry) && symbol.is_definition())
            .ok_or_else(|| ElfError::NoSymbol(entry.to_owned()))?
            .address();
        Ok(Self { segments, relocations, entry })
    }
}

fn read_segment(
    header: &elf::ProgramHeader64<Endianness>,
    bytes: &[u8],
) -> Result<Segment, ElfError> {
    let address = header.p_vaddr(Little);
    let size = header.p_memsz(Little);
    let problem = |problem| ElfError::Segment { address, problem };
    if !address.is_multiple_of(PAGE) {
        return Err(problem("does not begin on a page"));
    }
    if header.p_align(Little) > PAGE {
        return Err(problem("asks for an alignment above one page, which EFI does not give"));
    }
    if address.checked_add(size).is_none_or(|end| end > u64::from(u32::MAX / 2)) {
        return Err(problem("lies beyond 2 GiB"));
    }
    let permissions = match header.p_flags(Little) & (elf::PF_R | elf::PF_W | elf::PF_X) {
        elf::PF_R => Permissions::Read,
        flags if flags == elf::PF_R | elf::PF_W => Permissions::ReadWrite,
        flags if flags == elf::PF_R | elf::PF_X => Permissions::ReadExecute,
        _ => return Err(problem("is not readable, read-write or read-execute")),
    };
    let data = header.data(Little, bytes).map_err(|()| problem("is not in the file"))?.to_vec();
    if data.len() as u64 > size {
        return Err(problem("is larger in the file than in memory"));
    }
    Ok(Segment { address, size, data, permissions })
}

/// The range of addresses of the relocations with addend that the dynamic entries name.
fn relocation_table(dynamic: &[elf::Dyn64<Endianness>]) -> Result<Option<Range<u64>>, ElfError> {
    let (mut start, mut size) = (0, 0);
    for entry in dynamic {
        let value = entry.d_val(Little);
        match entry.d_tag(Little) {
            elf::DT_NULL => break,
            elf::DT_RELA => start = value,
            elf::DT_RELASZ => size = value,
            elf::DT_RELAENT if value == size_of::<elf::Rela64<Endianness>>() as u64 => {}
            elf::DT_RELACOUNT
            | elf::DT_SYMTAB
            | elf::DT_SYMENT
            | elf::DT_STRTAB
            | elf::DT_STRSZ
            | elf::DT_HASH
            | elf::DT_GNU_HASH
            | elf::DT_DEBUG
            | elf::DT_FLAGS
            | elf::DT_FLAGS_1 => {}
            tag => return Err(ElfError::Dynamic { tag: tag.0 }),
        }
    }
    Ok((size != 0).then(|| start..start.saturating_add(size)))
}

fn read_relocations(segments: &[Segment], table: Range<u64>) -> Result<Vec<Relocation>, ElfError> {
    let problem = |address, problem| ElfError::Relocation { address, problem };
    let bytes = loaded(segments, &table)
        .ok_or(problem(table.start, "table is not in the file's content of a segment"))?;
    let mut relocations = Vec::new();
    for entry in bytes.chunks_exact(size_of::<elf::Rela64<Endianness>>()) {
        let word = |index: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&entry[8 * index..8 * index + 8]);
            u64::from_le_bytes(word)
        };
        let (address, info, target) = (word(0), word(1), word(2));
        let kind = (info & u64::from(u32::MAX)) as u32;
        if elf::R_X86_64_RELATIVE.0 != kind || info >> 32 != 0 {
            return Err(ElfError::RelocationKind { address, kind });
        }
        if loaded(segments, &(address..address.saturating_add(8))).is_none() {
            return Err(problem(address, "is not in the file's content of a segment"));
        }
        if !segments
            .iter()
            .any(|segment| segment.range().contains(&target) || segment.range().end == target)
        {
            return Err(problem(address, "points out of the program"));
        }
        relocations.push(Relocation { address, target });
    }
    relocations.sort_unstable();
    Ok(relocations)
}

/// The file's content of a range of addresses, if all of it lies in one segment.
fn loaded<'a>(segments: &'a [Segment], range: &Range<u64>) -> Option<&'a [u8]> {
    segments.iter().find_map(|segment| {
        let start = range.start.checked_sub(segment.address)?;
        let end = range.end.checked_sub(segment.address)?;
        segment.data.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELATIVE: u64 = 8;

    /// An ELF file: code at 0x1000, data at 0x2000 with one pointer, its relocation and the
    /// dynamic entries, and the symbol `start` at 0x1004.
    #[derive(Clone)]
    struct Fixture {
        kind: u16,
        code_address: u64,
        code_flags: u32,
        extra_header: u32,
        relocation: [u64; 3],
        dynamic: Vec<[u64; 2]>,
    }

    impl Fixture {
        fn new() -> Self {
            Self {
                kind: 3,
                code_address: 0x1000,
                code_flags: 5,
                extra_header: 0x6474_e551,
                relocation: [0x2000, RELATIVE, 0x1010],
                dynamic: vec![[7, 0x2010], [8, 24], [9, 24], [0, 0]],
            }
        }

        fn bytes(&self) -> Vec<u8> {
            let mut data = vec![0_u8; 16];
            data.extend(self.relocation.iter().flat_map(|word| word.to_le_bytes()));
            let dynamic_offset = 0x2000 + data.len() as u64;
            data.extend(self.dynamic.iter().flatten().flat_map(|word| word.to_le_bytes()));
            let dynamic_size = 16 * self.dynamic.len() as u64;
            let data_size = data.len() as u64;

            let mut file = Vec::new();
            file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
            file.extend([self.kind, 62].iter().flat_map(|half| half.to_le_bytes()));
            file.extend(1_u32.to_le_bytes());
            // Entry, program headers, section headers.
            file.extend([0, 64, 0x3000_u64].iter().flat_map(|word| word.to_le_bytes()));
            file.extend(0_u32.to_le_bytes());
            // Sizes and counts of headers; where the names are.
            file.extend([64_u16, 56, 4, 64, 3, 2].iter().flat_map(|half| half.to_le_bytes()));
            let mut header = |kind: u32, flags: u32, words: [u64; 6]| {
                file.extend(kind.to_le_bytes());
                file.extend(flags.to_le_bytes());
                file.extend(words.iter().flat_map(|word| word.to_le_bytes()));
            };
            let code = self.code_address;
            header(1, self.code_flags, [0x1000, code, code, 0x20, 0x20, 0x1000]);
            header(1, 6, [0x2000, 0x2000, 0x2000, data_size, 0x1800, 0x1000]);
            let address = dynamic_offset;
            header(2, 6, [address, address, address, dynamic_size, dynamic_size, 8]);
            header(self.extra_header, 6, [0; 6]);
            file.resize(0x1000, 0);
            file.resize(0x1020, 0xc3);
            file.resize(0x2000, 0);
            file.extend(data);
            file.resize(0x3000, 0);
            // Sections: none, symbols, strings; then their content.
            let (symbols, strings) = (0x3000 + 3 * 64, 0x3000 + 3 * 64 + 48);
            file.resize(file.len() + 64, 0);
            for (kind, offset, size, link, information, entry) in
                [(2_u32, symbols, 48_u64, 2_u32, 1_u32, 24_u64), (3, strings, 7, 0, 0, 0)]
            {
                file.extend([0, kind].iter().flat_map(|word| word.to_le_bytes()));
                file.extend([0, 0, offset, size].iter().flat_map(|word: &u64| word.to_le_bytes()));
                file.extend([link, information].iter().flat_map(|word| word.to_le_bytes()));
                file.extend([1, entry].iter().flat_map(|word| word.to_le_bytes()));
            }
            file.resize(file.len() + 24, 0);
            file.extend([1, 0, 0, 0, 0x12, 0, 1, 0]);
            file.extend([0x1004_u64, 0].iter().flat_map(|word| word.to_le_bytes()));
            file.extend(b"\0start\0");
            file
        }

        fn message(&self) -> String {
            Program::read(&self.bytes(), "start").unwrap_err().to_string()
        }
    }

    #[test]
    fn segments_relocations_and_the_entry_are_read() {
        let program = Program::read(&Fixture::new().bytes(), "start").unwrap();
        assert_eq!(program.entry, 0x1004);
        assert_eq!(program.relocations, [Relocation { address: 0x2000, target: 0x1010 }]);
        let [code, data] = program.segments.as_slice() else { panic!("two segments") };
        assert_eq!((code.address, code.size), (0x1000, 0x20));
        assert_eq!((code.permissions, code.data[0]), (Permissions::ReadExecute, 0xc3));
        assert_eq!((data.address, data.size), (0x2000, 0x1800));
        assert_eq!(data.permissions, Permissions::ReadWrite);
    }

    #[test]
    fn a_program_that_is_linked_for_one_address_is_refused() {
        let message = Fixture { kind: 2, ..Fixture::new() }.message();
        assert_eq!(message, "not a position-independent executable (type ET_DYN)");
    }

    #[test]
    fn a_segment_that_is_writable_and_executable_is_refused() {
        let message = Fixture { code_flags: 7, ..Fixture::new() }.message();
        assert_eq!(message, "the segment at 0x1000 is not readable, read-write or read-execute");
    }

    #[test]
    fn a_segment_between_pages_is_refused() {
        let message = Fixture { code_address: 0x1010, ..Fixture::new() }.message();
        assert_eq!(message, "the segment at 0x1010 does not begin on a page");
    }

    #[test]
    fn segments_that_share_a_page_are_refused() {
        let message = Fixture { code_address: 0x2000, ..Fixture::new() }.message();
        assert_eq!(message, "the segment at 0x2000 shares a page with the one before");
    }

    #[test]
    fn thread_local_storage_is_refused() {
        let message = Fixture { extra_header: 7, ..Fixture::new() }.message();
        assert_eq!(
            message,
            "program header 3 has the type 0x7, which a boot program must not have"
        );
    }

    #[test]
    fn a_relocation_against_a_symbol_is_refused() {
        let message = Fixture { relocation: [0x2000, 1, 0], ..Fixture::new() }.message();
        assert_eq!(message, "the relocation at 0x2000 is of type 1, not R_X86_64_RELATIVE");
    }

    #[test]
    fn a_relocation_outside_of_the_content_is_refused() {
        let message =
            Fixture { relocation: [0x3000, RELATIVE, 0x1000], ..Fixture::new() }.message();
        assert_eq!(message, "the relocation at 0x3000 is not in the file's content of a segment");
    }

    #[test]
    fn a_pointer_out_of_the_program_is_refused() {
        let message =
            Fixture { relocation: [0x2000, RELATIVE, 0x9000], ..Fixture::new() }.message();
        assert_eq!(message, "the relocation at 0x2000 points out of the program");
    }

    #[test]
    fn a_shared_library_is_refused() {
        let mut fixture = Fixture::new();
        fixture.dynamic.insert(0, [1, 0]);
        assert_eq!(
            fixture.message(),
            "dynamic entry 0x1 is not supported, only R_X86_64_RELATIVE relocations are"
        );
    }

    #[test]
    fn a_missing_entry_point_is_named() {
        let error = Program::read(&Fixture::new().bytes(), "efi_main").unwrap_err();
        assert_eq!(error.to_string(), "no symbol efi_main");
    }

    #[test]
    fn truncated_files_are_refused() {
        let bytes = Fixture::new().bytes();
        for length in 0..bytes.len() {
            assert!(Program::read(&bytes[..length], "start").is_err(), "{length} bytes");
        }
    }
}
