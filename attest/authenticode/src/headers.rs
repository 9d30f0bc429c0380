//! Where an EFI program has what its digest leaves out.

use std::ops::Range;

use object::{
    LittleEndian as LE,
    pe::{IMAGE_DIRECTORY_ENTRY_SECURITY, ImageNtHeaders64},
    read::pe::{ImageNtHeaders as _, ImageOptionalHeader as _, PeFile},
};

use crate::ProgramFault;

/// Bytes of an entry of the header's table of directories: address and size.
pub const DIRECTORY: usize = 8;

/// Places in a program, as offsets in its file.
#[derive(Debug)]
pub struct Headers {
    /// The checksum, four bytes.
    pub checksum: usize,
    /// The entry of the signatures, [`DIRECTORY`] bytes, where there is one.
    pub security: Option<usize>,
    /// Bytes of signatures at the file's end.
    pub signatures: usize,
    /// Bytes of all headers.
    pub size: usize,
    /// The content of the sections, in the file's order.
    pub sections: Vec<Range<usize>>,
}

impl Headers {
    /// Reads the headers.
    ///
    /// # Errors
    /// [`ProgramFault::NotAProgram`].
    pub fn read(bytes: &[u8]) -> Result<Self, ProgramFault> {
        const NOT: ProgramFault = ProgramFault::NotAProgram;
        let file = PeFile::<ImageNtHeaders64>::parse(bytes).map_err(|_| NOT)?;
        let optional = file.nt_headers().optional_header();
        // By address: the headers are borrowed from `bytes`.
        let start = bytes.as_ptr() as usize;
        let security = file.data_directories().iter().nth(IMAGE_DIRECTORY_ENTRY_SECURITY);
        let mut sections = Vec::new();
        for section in file.section_table().iter() {
            let start = section.pointer_to_raw_data.get(LE) as usize;
            let size = section.size_of_raw_data.get(LE) as usize;
            if size > 0 {
                sections.push(start..start.checked_add(size).ok_or(NOT)?);
            }
        }
        sections.sort_unstable_by_key(|section| (section.start, section.end));
        Ok(Self {
            checksum: (&raw const optional.check_sum) as usize - start,
            security: security.map(|entry| std::ptr::from_ref(entry) as usize - start),
            signatures: security.map_or(0, |entry| entry.size.get(LE) as usize),
            size: optional.size_of_headers() as usize,
            sections,
        })
    }
}
