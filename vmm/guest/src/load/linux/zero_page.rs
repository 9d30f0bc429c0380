//! The zero page: `struct boot_params` (Linux, Documentation/arch/x86/zero-page.rst).

use cloister_device::GuestMemory;

use super::super::field::Structure;
use super::super::place::{self, COMMAND_LINE, INFORMATION};
use super::super::{Error, Framebuffer, Guest, Region};
use super::header::{HEADER_START, Header};

const RSDP: usize = 0x070;
const MAP_COUNT: usize = 0x1e8;
const LOADER_TYPE: usize = 0x210;
const INITRD_START: usize = 0x218;
const INITRD_SIZE: usize = 0x21c;
const COMMAND_LINE_ADDRESS: usize = 0x228;
const SETUP_DATA: usize = 0x250;
const MAP: usize = 0x2d0;
const MAP_ENTRY: usize = 20;

/// A loader without a number of its own.
const UNDEFINED_LOADER: u8 = 0xff;

/// Writes the zero page.
pub(super) fn write(
    memory: &impl GuestMemory,
    guest: &Guest<'_>,
    header: &Header<'_>,
    initrd: Region,
) -> Result<(), Error> {
    let mut page = Structure::<4096>::new();
    page.bytes(HEADER_START, header.bytes);
    page.u8(LOADER_TYPE, UNDEFINED_LOADER);
    // All three are below 4 GiB.
    page.u32(INITRD_START, initrd.start as u32);
    page.u32(INITRD_SIZE, initrd.size as u32);
    page.u32(COMMAND_LINE_ADDRESS, COMMAND_LINE as u32);
    page.u64(RSDP, guest.rsdp);
    page.u64(SETUP_DATA, 0);
    let mut count = 0;
    for (index, entry) in guest.map.entries().enumerate() {
        let at = MAP + MAP_ENTRY * index;
        page.u64(at, entry.region.start);
        page.u64(at + 8, entry.region.size);
        page.u32(at + 16, entry.kind as u32);
        count += 1;
    }
    page.u8(MAP_COUNT, count);
    if let Some(framebuffer) = &guest.framebuffer {
        screen(&mut page, framebuffer);
    }
    place::write(memory, INFORMATION, &page.0)
}

/// A linear framebuffer as EFI leaves it, so that Linux's `efifb` drives it (`struct screen_info`, at
/// the start of the page).
fn screen(page: &mut Structure<4096>, framebuffer: &Framebuffer) {
    const EFI: u8 = 0x70;
    const ADDRESS_HAS_64_BITS: u32 = 1 << 1;
    page.u8(0x0f, EFI);
    page.u16(0x12, framebuffer.width);
    page.u16(0x14, framebuffer.height);
    page.u16(0x16, 32);
    page.u32(0x18, framebuffer.address as u32);
    page.u32(0x1c, framebuffer.bytes());
    page.u16(0x24, framebuffer.stride);
    // Size and position of red, green, blue, and what is left.
    let unused = 24;
    page.bytes(0x26, &[8, framebuffer.red, 8, 8, 8, framebuffer.blue, 8, unused]);
    page.u32(0x36, ADDRESS_HAS_64_BITS);
    page.u32(0x3a, (framebuffer.address >> 32) as u32);
}
