//! Multiboot kernels, version 1 (Multiboot Specification 0.6.96): ELF files, and flat ones whose header
//! says where they belong.

use cloister_device::GuestMemory;

use super::elf_image::ElfImage;
use super::field::{Structure, u32_at};
use super::place::{self, COMMAND_LINE, INFORMATION, MAP};
use super::{COMMAND_LINE_MAX, Error, Guest, Region, protected};
use crate::cpu::State;

/// The header is within so many bytes of the file's start.
const HEADER_WITHIN: usize = 8192;
const HEADER_MAGIC: u32 = 0x1bad_b002;
/// In EAX.
const LOADER_MAGIC: u32 = 0x2bad_b002;

/// Header flags: the addresses in the header count, the file is flat.
const FLAT: u32 = 1 << 16;
/// Header flags: a graphics mode is asked for. A wish: the machine's is told, or none.
const GRAPHICS: u32 = 1 << 2;
/// Header flags that must be understood, and are: modules on page boundaries, memory map, graphics.
const MANDATORY: u32 = 0xffff;
const UNDERSTOOD: u32 = 0b111;

/// Information flags: memory sizes, command line, modules, memory map, loader's name, framebuffer.
const HAS_MEMORY: u32 = 1 << 0;
const HAS_COMMAND_LINE: u32 = 1 << 2;
const HAS_MODULES: u32 = 1 << 3;
const HAS_MAP: u32 = 1 << 6;
const HAS_NAME: u32 = 1 << 9;
const HAS_FRAMEBUFFER: u32 = 1 << 12;

const INFORMATION_BYTES: usize = 116;
const MODULES: usize = 0x80;
const NAME: usize = 0xa0;
const LOADER_NAME: &[u8] = b"Cloister\0";
const MAP_ENTRY: u64 = 24;

/// The header: its place in the file, and its flags.
struct Header<'a> {
    offset: usize,
    flags: u32,
    /// The header's bytes and all that follow.
    bytes: &'a [u8],
}

fn header(kernel: &[u8]) -> Option<Header<'_>> {
    (0..HEADER_WITHIN).step_by(4).find_map(|offset| {
        let bytes = kernel.get(offset..)?;
        let (flags, checksum) = (u32_at(bytes, 4)?, u32_at(bytes, 8)?);
        let sum = HEADER_MAGIC.wrapping_add(flags).wrapping_add(checksum);
        (u32_at(bytes, 0)? == HEADER_MAGIC && sum == 0).then_some(Header { offset, flags, bytes })
    })
}

/// Whether a file is a Multiboot kernel.
pub(super) fn is_multiboot(kernel: &[u8]) -> bool {
    header(kernel).is_some()
}

/// Loads the kernel and what it is told.
pub(super) fn load(memory: &impl GuestMemory, guest: &Guest<'_>) -> Result<State, Error> {
    let header = header(guest.kernel).ok_or(Error::NoProtocol)?;
    let unoffered = header.flags & MANDATORY & !UNDERSTOOD;
    if unoffered != 0 {
        return Err(Error::Unoffered(unoffered));
    }
    let (entry, end) = if header.flags & FLAT != 0 {
        load_flat(memory, guest, &header)?
    } else {
        let image = ElfImage::parse(guest.kernel)?;
        let entry =
            u32::try_from(image.entry()).map_err(|_| Error::Elf("has its entry above 4 GiB"))?;
        (entry, image.load(memory, guest)?)
    };
    let initrd = place::initrd(memory, guest, end, u64::MAX)?;
    place::command_line(memory, guest, COMMAND_LINE_MAX)?;
    write_information(memory, guest, header.flags, initrd)?;
    protected::write_tables(memory)?;
    Ok(protected::state(entry, LOADER_MAGIC, INFORMATION as u32))
}

/// Loads a flat file; gives its entry and the address behind it.
fn load_flat(
    memory: &impl GuestMemory,
    guest: &Guest<'_>,
    header: &Header<'_>,
) -> Result<(u32, u64), Error> {
    let field = |offset| u32_at(header.bytes, offset).ok_or(Error::Truncated);
    let (header_address, start) = (field(12)?, field(16)?);
    let (load_end, zero_end, entry) = (field(20)?, field(24)?, field(28)?);
    let before = header_address
        .checked_sub(start)
        .ok_or(Error::Header("it lies before what is to be loaded"))?;
    let first = header
        .offset
        .checked_sub(before as usize)
        .ok_or(Error::Header("what is to be loaded lies before the file"))?;
    let file = guest.kernel.get(first..).ok_or(Error::Truncated)?;
    let bytes = match load_end {
        0 => file,
        end => {
            let length = end.checked_sub(start).ok_or(Error::Header("it ends before it begins"))?;
            file.get(..length as usize).ok_or(Error::Truncated)?
        }
    };
    let loaded_end = u64::from(start) + bytes.len() as u64;
    let end = loaded_end.max(zero_end.into());
    place::check_kernel(guest, start.into(), end - u64::from(start))?;
    place::write_kernel(memory, guest, start.into(), bytes)?;
    Ok((entry, end))
}

/// What the kernel is told (section 3.3).
fn write_information(
    memory: &impl GuestMemory,
    guest: &Guest<'_>,
    flags: u32,
    initrd: Region,
) -> Result<(), Error> {
    let mut map_bytes = 0;
    for entry in guest.map.entries() {
        let mut bytes = Structure::<{ MAP_ENTRY as usize }>::new();
        // The size of the entry, without this field.
        bytes.u32(0, MAP_ENTRY as u32 - 4);
        bytes.u64(4, entry.region.start);
        bytes.u64(12, entry.region.size);
        bytes.u32(20, entry.kind as u32);
        place::write(memory, MAP + u64::from(map_bytes), &bytes.0)?;
        map_bytes += MAP_ENTRY as u32;
    }
    let mut has = HAS_MEMORY | HAS_COMMAND_LINE | HAS_MAP | HAS_NAME;
    let mut information = Structure::<{ NAME + LOADER_NAME.len() }>::new();
    // In KiB: conventional memory, and memory from 1 MiB on.
    information.u32(4, (place::LOW_END / 1024) as u32);
    information.u32(8, (guest.map.low().saturating_sub(place::KERNELS) / 1024) as u32);
    information.u32(16, COMMAND_LINE as u32);
    if guest.initrd.is_some() {
        has |= HAS_MODULES;
        information.u32(20, 1);
        information.u32(24, INFORMATION as u32 + MODULES as u32);
        information.u32(MODULES, initrd.start as u32);
        information.u32(MODULES + 4, (initrd.start + initrd.size) as u32);
    }
    information.u32(44, map_bytes);
    information.u32(48, MAP as u32);
    information.u32(64, INFORMATION as u32 + NAME as u32);
    information.bytes(NAME, LOADER_NAME);
    if let Some(framebuffer) = guest.framebuffer.filter(|_| flags & GRAPHICS != 0) {
        const DIRECT_COLOUR: u8 = 1;
        has |= HAS_FRAMEBUFFER;
        information.u64(88, framebuffer.address);
        information.u32(96, framebuffer.stride.into());
        information.u32(100, framebuffer.width.into());
        information.u32(104, framebuffer.height.into());
        information.bytes(108, &[32, DIRECT_COLOUR]);
        // Position and size of red, green, blue.
        information.bytes(110, &[framebuffer.red, 8, 8, 8, framebuffer.blue, 8]);
    }
    information.u32(0, has);
    place::write(memory, INFORMATION, &information.0)
}

const _: () = assert!(INFORMATION_BYTES <= MODULES);
