//! Kernels with a PVH entry (Xen, docs/misc/pvh.pandoc and public/arch-x86/hvm/start_info.h).

use cloister_device::GuestMemory;
use elf::abi::PT_NOTE;
use elf::endian::LittleEndian;
use elf::note::{Note, NoteIterator};

use super::elf_image::ElfImage;
use super::field::Structure;
use super::place::{self, COMMAND_LINE, INFORMATION, MAP};
use super::{COMMAND_LINE_MAX, Error, Guest, protected};
use crate::cpu::State;

/// Note with the physical address of the 32-bit entry.
const PHYS32_ENTRY: u64 = 18;
/// First word of the start information.
const MAGIC: u32 = 0x336e_c578;
/// The version with a memory map.
const VERSION: u32 = 1;
const START_BYTES: usize = 56;
const MODULE_BYTES: usize = 32;
const MAP_ENTRY: u64 = 24;
/// Notes of one segment that are looked at.
const MAX_NOTES: usize = 64;

/// The entry of a kernel that has one.
pub(super) fn entry(kernel: &[u8]) -> Result<u32, Error> {
    let image = ElfImage::parse(kernel)?;
    for segment in image.segments()? {
        if segment.p_type != PT_NOTE {
            continue;
        }
        let class = image.class();
        // Linkers align notes to 4 bytes whatever the segment's alignment says, but for those of 8.
        let align = if segment.p_align == 8 { 8 } else { 4 };
        let notes = NoteIterator::new(LittleEndian, class, align, image.data(&segment)?);
        for note in notes.take(MAX_NOTES) {
            if let Note::Unknown(note) = note
                && note.n_type == PHYS32_ENTRY
                && matches!(note.name, b"Xen" | b"Xen\0")
                && let Some(address) = note.desc.first_chunk()
            {
                return Ok(u32::from_le_bytes(*address));
            }
        }
    }
    Err(Error::NoProtocol)
}

/// Loads the kernel and what it is told.
pub(super) fn load(memory: &impl GuestMemory, guest: &Guest<'_>) -> Result<State, Error> {
    let entry = entry(guest.kernel)?;
    let image = ElfImage::parse(guest.kernel)?;
    let end = image.load(memory, guest)?;
    let initrd = place::initrd(memory, guest, end, u64::MAX)?;
    place::command_line(memory, guest, COMMAND_LINE_MAX)?;

    let mut count = 0;
    for entry in guest.map.entries() {
        let mut bytes = Structure::<{ MAP_ENTRY as usize }>::new();
        bytes.u64(0, entry.region.start);
        bytes.u64(8, entry.region.size);
        bytes.u32(16, entry.kind as u32);
        place::write(memory, MAP + MAP_ENTRY * u64::from(count), &bytes.0)?;
        count += 1;
    }
    let modules = INFORMATION + START_BYTES as u64;
    let mut start = Structure::<{ START_BYTES + MODULE_BYTES }>::new();
    start.u32(0, MAGIC);
    start.u32(4, VERSION);
    start.u32(12, u32::from(guest.initrd.is_some()));
    start.u64(16, if guest.initrd.is_some() { modules } else { 0 });
    start.u64(24, COMMAND_LINE);
    start.u64(32, guest.rsdp);
    start.u64(40, MAP);
    start.u32(48, count);
    start.u64(START_BYTES, initrd.start);
    start.u64(START_BYTES + 8, initrd.size);
    place::write(memory, INFORMATION, &start.0)?;
    protected::write_tables(memory)?;
    Ok(protected::state(entry, 0, INFORMATION as u32))
}
