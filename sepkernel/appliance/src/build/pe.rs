//! Rewrites the boot program as an EFI application (PE32+, UEFI 2.10 section 2.1.1).
//!
//! The same code bytes as in the ELF file, each segment as one section with the same permissions,
//! and the relocations in PE's form. The result depends on the input alone: no time stamp, no
//! build identification.

use object::{pe, write::pe as writer};

use super::elf::{PAGE, Permissions, Program, Relocation, Segment};

/// Where the image is linked for. Firmware loads it elsewhere and relocates it, always.
const IMAGE_BASE: u64 = 0x1_0000_0000;

/// Why a program cannot become an EFI application.
#[derive(Debug, thiserror::Error)]
pub enum PeError {
    /// The entry point is in no executable segment.
    #[error("the entry point {0:#x} is not in an executable segment")]
    Entry(u64),
    /// There is nothing to load.
    #[error("the program has no segments")]
    Empty,
    /// The size is beyond what PE can say.
    #[error("the program is too large for a PE file")]
    TooLarge,
    /// A relocation applies outside of the content of the segments.
    #[error("the relocation at {0:#x} is outside of the program's content")]
    Relocation(u64),
    /// The PE writer refused.
    #[error("writing the PE file: {0}")]
    Write(#[from] object::write::Error),
}

/// Makes an EFI application of a program.
///
/// # Errors
/// [`PeError`], with what about the program cannot be said in a PE file.
pub fn write(program: &Program) -> Result<Vec<u8>, PeError> {
    let first = program.segments.first().ok_or(PeError::Empty)?;
    // The headers take the first page of the image, the segments follow.
    let shift = PAGE.wrapping_sub(first.address);
    let relative =
        |address: u64| u32::try_from(address.wrapping_add(shift)).map_err(|_| PeError::TooLarge);
    let entry_is_code = program.segments.iter().any(|segment| {
        segment.permissions == Permissions::ReadExecute
            && (segment.address..segment.address + segment.size).contains(&program.entry)
    });
    if !entry_is_code {
        return Err(PeError::Entry(program.entry));
    }

    let mut bytes = Vec::new();
    let mut file = writer::Writer::new(true, PAGE as u32, PAGE as u32, &mut bytes);
    file.reserve_dos_header_and_stub();
    file.reserve_nt_headers(pe::IMAGE_NUMBEROF_DIRECTORY_ENTRIES);
    let count = u16::try_from(program.segments.len()).map_err(|_| PeError::TooLarge)?;
    file.reserve_section_headers(count + 1);

    let mut sections = Vec::new();
    for segment in &program.segments {
        let (name, characteristics) = section(segment.permissions);
        let size = u32::try_from(segment.size).map_err(|_| PeError::TooLarge)?;
        let data = relocated(segment, &program.relocations, IMAGE_BASE.wrapping_add(shift))?;
        file.reserve_virtual_until(relative(segment.address)?);
        let range = file.reserve_section(name, characteristics, size, data.len() as u32);
        sections.push((range.file_offset, data));
    }
    for relocation in &program.relocations {
        file.add_reloc(relative(relocation.address)?, pe::IMAGE_REL_BASED_DIR64);
    }
    if !file.has_relocs() {
        // A block that relocates nothing: without any, firmware takes relocations as stripped.
        file.add_reloc(relative(first.address)?, pe::IMAGE_REL_BASED_ABSOLUTE);
    }
    file.reserve_reloc_section();

    file.write_dos_header_and_stub()?;
    file.write_nt_headers(headers(relative(program.entry)?));
    file.write_section_headers();
    for (offset, data) in &sections {
        file.write_section(*offset, data);
    }
    file.write_reloc_section();
    Ok(bytes)
}

fn section(permissions: Permissions) -> ([u8; 8], pe::SectionFlags) {
    let data = pe::IMAGE_SCN_CNT_INITIALIZED_DATA | pe::IMAGE_SCN_MEM_READ;
    match permissions {
        Permissions::Read => (*b".rdata\0\0", data),
        Permissions::ReadWrite => (*b".data\0\0\0", data | pe::IMAGE_SCN_MEM_WRITE),
        Permissions::ReadExecute => (
            *b".text\0\0\0",
            pe::IMAGE_SCN_CNT_CODE | pe::IMAGE_SCN_MEM_READ | pe::IMAGE_SCN_MEM_EXECUTE,
        ),
    }
}

/// The content of `segment` with its pointers as if it were loaded at `base`: PE keeps addends in
/// place, where ELF keeps them in the relocation.
fn relocated(segment: &Segment, relocations: &[Relocation], base: u64) -> Result<Vec<u8>, PeError> {
    let mut data = segment.data.clone();
    let inside = segment.address..segment.address + segment.size;
    for relocation in relocations.iter().filter(|other| inside.contains(&other.address)) {
        let offset = (relocation.address - segment.address) as usize;
        data.get_mut(offset..offset + 8)
            .ok_or(PeError::Relocation(relocation.address))?
            .copy_from_slice(&base.wrapping_add(relocation.target).to_le_bytes());
    }
    Ok(data)
}

fn headers(entry: u32) -> writer::NtHeaders {
    writer::NtHeaders {
        machine: pe::IMAGE_FILE_MACHINE_AMD64,
        time_date_stamp: 0,
        characteristics: pe::IMAGE_FILE_EXECUTABLE_IMAGE | pe::IMAGE_FILE_LARGE_ADDRESS_AWARE,
        major_linker_version: 0,
        minor_linker_version: 0,
        address_of_entry_point: entry,
        image_base: IMAGE_BASE,
        major_operating_system_version: 0,
        minor_operating_system_version: 0,
        major_image_version: 0,
        minor_image_version: 0,
        major_subsystem_version: 0,
        minor_subsystem_version: 0,
        subsystem: pe::IMAGE_SUBSYSTEM_EFI_APPLICATION,
        dll_characteristics: pe::IMAGE_DLLCHARACTERISTICS_NX_COMPAT
            | pe::IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE
            | pe::IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA,
        size_of_stack_reserve: 0,
        size_of_stack_commit: 0,
        size_of_heap_reserve: 0,
        size_of_heap_commit: 0,
    }
}

#[cfg(test)]
mod tests {
    use object::{
        LittleEndian as LE,
        read::pe::{ImageNtHeaders as _, ImageOptionalHeader as _, PeFile64},
    };

    use super::*;

    /// Constants with a pointer to code, code, and data of which most is zero.
    fn program() -> Program {
        let segment = |address, size, data: &[u8], permissions| Segment {
            address,
            size,
            data: data.to_vec(),
            permissions,
        };
        Program {
            segments: vec![
                segment(0, 0x20, &[0xaa; 0x20], Permissions::Read),
                segment(0x1000, 0x1800, &[0xc3; 0x1800], Permissions::ReadExecute),
                segment(0x3000, 0x5000, &[1, 2, 3, 4, 5, 6, 7, 8], Permissions::ReadWrite),
            ],
            relocations: vec![
                Relocation { address: 0x8, target: 0x1010 },
                Relocation { address: 0x3000, target: 0x8000 },
            ],
            entry: 0x1010,
        }
    }

    #[test]
    fn sections_have_the_addresses_and_permissions_of_the_segments() {
        let bytes = write(&program()).unwrap();
        let file = PeFile64::parse(bytes.as_slice()).unwrap();
        let sections: Vec<_> = file
            .section_table()
            .iter()
            .map(|section| {
                let flags = section.characteristics.get(LE);
                (
                    section.virtual_address.get(LE),
                    section.virtual_size.get(LE),
                    flags.contains(pe::IMAGE_SCN_MEM_WRITE),
                    flags.contains(pe::IMAGE_SCN_MEM_EXECUTE),
                )
            })
            .collect();
        assert_eq!(
            sections[..3],
            [
                (0x1000, 0x20, false, false),
                (0x2000, 0x1800, false, true),
                (0x4000, 0x5000, true, false),
            ]
        );
        assert_eq!(sections[3].0, 0x9000, "relocations follow");
    }

    #[test]
    fn headers_are_those_of_an_efi_application_without_a_date() {
        let bytes = write(&program()).unwrap();
        let file = PeFile64::parse(bytes.as_slice()).unwrap();
        let optional = file.nt_headers().optional_header();
        assert_eq!(optional.subsystem(), pe::IMAGE_SUBSYSTEM_EFI_APPLICATION);
        assert_eq!(optional.address_of_entry_point(), 0x2010);
        assert_eq!((optional.section_alignment(), optional.file_alignment()), (4096, 4096));
        let flags = optional.dll_characteristics();
        assert!(flags.contains(pe::IMAGE_DLLCHARACTERISTICS_NX_COMPAT));
        assert!(flags.contains(pe::IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE));
        assert_eq!(file.nt_headers().file_header().time_date_stamp.get(LE), 0);
        assert_eq!(write(&program()).unwrap(), bytes);
    }

    #[test]
    fn pointers_hold_the_address_for_the_image_base_and_are_listed_for_relocation() {
        let bytes = write(&program()).unwrap();
        let file = PeFile64::parse(bytes.as_slice()).unwrap();
        let table = file.section_table();
        let pointer = |section: usize, offset: usize| {
            let data = table.iter().nth(section).unwrap().pe_data(bytes.as_slice()).unwrap();
            u64::from_le_bytes(data[offset..offset + 8].try_into().unwrap())
        };
        assert_eq!(pointer(0, 8), IMAGE_BASE + 0x2010);
        assert_eq!(pointer(2, 0), IMAGE_BASE + 0x9000);
        let mut blocks =
            file.data_directories().relocation_blocks(bytes.as_slice(), &table).unwrap().unwrap();
        let mut found = Vec::new();
        while let Some(block) = blocks.next().unwrap() {
            found.extend(
                block
                    .filter(|relocation| relocation.typ == pe::IMAGE_REL_BASED_DIR64)
                    .map(|relocation| relocation.virtual_address),
            );
        }
        assert_eq!(found, [0x1008, 0x4000]);
    }

    #[test]
    fn an_entry_point_in_data_is_refused() {
        let error = write(&Program { entry: 0x3000, ..program() }).unwrap_err();
        assert_eq!(error.to_string(), "the entry point 0x3000 is not in an executable segment");
    }

    #[test]
    fn a_pointer_in_memory_that_begins_as_zero_is_refused() {
        let relocations = vec![Relocation { address: 0x4000, target: 0 }];
        let error = write(&Program { relocations, ..program() }).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the relocation at 0x4000 is outside of the program's content"
        );
    }
}
