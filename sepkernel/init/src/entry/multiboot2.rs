//! Started by a Multiboot 2 loader (specification 2.0, section 3.6).

use cloister_hardware::handoff::Range;
use cloister_hardware::screen::Framebuffer;

use super::archive;
use super::pvh::{memory_kind, read};
use crate::boot_info::{BootInfo, Firmware};

/// What the loader leaves in EAX.
pub const LOADER_MAGIC: u32 = 0x36d7_6289;

/// Types of the tags that we read.
mod tag {
    pub const END: u32 = 0;
    pub const MODULE: u32 = 3;
    pub const MEMORY_MAP: u32 = 6;
    pub const FRAMEBUFFER: u32 = 8;
    pub const ACPI_OLD: u32 = 14;
    pub const ACPI_NEW: u32 = 15;
}

/// Goes on with the boot information at physical address `information`.
pub fn start(information: u64) -> ! {
    let mut info = BootInfo::new(Firmware::Multiboot2);
    // SAFETY: the loader gives the address of its information, which begins with its size, in
    // memory that is mapped to itself.
    let bytes = unsafe {
        let size = read::<u32>(information) as usize;
        core::slice::from_raw_parts(information as *const u8, size)
    };
    info.occupy(bytes);
    let mut bundle = None;
    for (kind, body) in tags(bytes) {
        match kind {
            tag::MODULE if bundle.is_none() => bundle = module(body),
            tag::MEMORY_MAP => memory_map(&mut info, body),
            tag::FRAMEBUFFER => info.framebuffer = framebuffer(body),
            tag::ACPI_OLD if info.rsdp.is_none() => info.rsdp = Some(body.as_ptr() as u64),
            tag::ACPI_NEW => info.rsdp = Some(body.as_ptr() as u64),
            _ => {}
        }
    }
    // SAFETY: the loader put the module there; all of it is free for us and mapped to itself.
    unsafe { archive::boot(info, bundle) }
}

/// The tags, each as its type and what follows its size; ends at the end tag or at the first tag
/// that does not fit.
fn tags(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    core::iter::from_fn(move || {
        let (kind, size) = (word(rest, 0)?, word(rest, 4)? as usize);
        let body = rest.get(8..size)?;
        rest = rest.get(size.checked_next_multiple_of(8)?..).unwrap_or_default();
        (kind != tag::END).then_some((kind, body))
    })
}

fn word(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

fn long(bytes: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

fn module(body: &[u8]) -> Option<Range> {
    Some(Range { start: word(body, 0)?.into(), end: word(body, 4)?.into() })
}

fn memory_map(info: &mut BootInfo, body: &[u8]) {
    let Some(size) = word(body, 0).map(|size| size as usize).filter(|size| *size >= 24) else {
        return;
    };
    for entry in body.get(8..).unwrap_or_default().chunks_exact(size) {
        if let (Some(start), Some(length), Some(kind)) =
            (long(entry, 0), long(entry, 8), word(entry, 16).and_then(memory_kind))
        {
            info.add_memory(kind, Range { start, end: start.saturating_add(length) });
        }
    }
}

/// The screen, if it is one that we can use: direct colours with 8 bits each in 32-bit pixels.
fn framebuffer(body: &[u8]) -> Option<Framebuffer> {
    const DIRECT_COLORS: u8 = 1;
    let byte = |offset: usize| body.get(offset).copied();
    let field = |offset: usize| byte(offset + 1).filter(|size| *size == 8).and(byte(offset));
    let usable = byte(20)? == 32 && byte(21)? == DIRECT_COLORS;
    let shifts = [field(24)?, field(26)?, field(28)?];
    usable.then_some(Framebuffer {
        address: long(body, 0)?,
        stride: word(body, 8)?,
        width: word(body, 12)?,
        height: word(body, 16)?,
        shifts,
    })
}
