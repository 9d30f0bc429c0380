//! Where a loader puts what a kernel is told: below the end of conventional memory, all of it free for
//! the kernel once it has read it.

use cloister_device::GuestMemory;

use super::{COMMAND_LINE_MAX, Error, Guest, Region};

/// The words of a BIOS's data area that programs look at, whoever loads them: the segment that follows
/// conventional memory, and the size of conventional memory in KiB (IBM
/// PC AT Technical Reference, "ROM BIOS data areas").
const EXTENDED_DATA_SEGMENT: u64 = 0x40e;
const CONVENTIONAL_SIZE: u64 = 0x413;
/// Segment descriptors.
pub(super) const DESCRIPTORS: u64 = 0x6000;
/// What the protocol tells the kernel: Linux's zero page, PVH's start info, Multiboot's information.
pub(super) const INFORMATION: u64 = 0x7000;
/// Lists that the information points to: the memory map.
pub(super) const MAP: u64 = 0x8000;
/// Six pages of page tables.
pub(super) const PAGE_TABLES: u64 = 0x9000;
/// The command line.
pub(super) const COMMAND_LINE: u64 = 0x2_0000;
/// End of conventional memory: 1 KiB short of 640 KiB, as a BIOS leaves it.
pub const LOW_END: u64 = 0x9_fc00;
/// Where the machine's own tables are (ACPI), which loaders leave alone.
pub const TABLES: u64 = 0xe_0000;
/// End of the machine's own tables.
pub const TABLES_END: u64 = 0x10_0000;
/// Where kernels may be from on.
pub(super) const KERNELS: u64 = 0x10_0000;

const FOUR_GIB: u64 = 1 << 32;
const PAGE: u64 = 4096;

/// Whether a part of a kernel may be there.
pub(super) fn check_kernel(guest: &Guest<'_>, start: u64, length: u64) -> Result<(), Error> {
    let end = start.saturating_add(length);
    if start >= KERNELS && end <= guest.map.low() {
        Ok(())
    } else {
        Err(Error::Outside { start, end })
    }
}

/// Writes a part of a kernel.
pub(super) fn write_kernel(
    memory: &impl GuestMemory,
    guest: &Guest<'_>,
    start: u64,
    bytes: &[u8],
) -> Result<(), Error> {
    check_kernel(guest, start, bytes.len() as u64)?;
    write(memory, start, bytes)
}

/// Writes anything else.
pub(super) fn write(memory: &impl GuestMemory, start: u64, bytes: &[u8]) -> Result<(), Error> {
    memory
        .write(start, bytes)
        .map_err(|_| Error::Outside { start, end: start.saturating_add(bytes.len() as u64) })
}

/// Writes what a BIOS says of conventional memory. Without it, programs that take their memory there
/// from its end would take it from address 0 downwards.
pub(super) fn bios_data(memory: &impl GuestMemory) -> Result<(), Error> {
    write(memory, EXTENDED_DATA_SEGMENT, &((LOW_END >> 4) as u16).to_le_bytes())?;
    write(memory, CONVENTIONAL_SIZE, &((LOW_END >> 10) as u16).to_le_bytes())?;
    // The area that follows begins with its own size in KiB.
    write(memory, LOW_END, &[1])
}

/// Writes the command line and its end.
pub(super) fn command_line(
    memory: &impl GuestMemory,
    guest: &Guest<'_>,
    limit: usize,
) -> Result<(), Error> {
    let (length, limit) = (guest.command_line.len(), limit.min(COMMAND_LINE_MAX));
    if length > limit {
        return Err(Error::CommandLineTooLong { length, limit });
    }
    write(memory, COMMAND_LINE, guest.command_line)?;
    write(memory, COMMAND_LINE + length as u64, &[0])
}

/// Puts the initial RAM disk as high as it may be, below `limit`, behind the kernel's end; where there
/// is none, at 0.
pub(super) fn initrd(
    memory: &impl GuestMemory,
    guest: &Guest<'_>,
    kernel_end: u64,
    limit: u64,
) -> Result<Region, Error> {
    let Some(initrd) = guest.initrd else { return Ok(Region { start: 0, size: 0 }) };
    let size = initrd.len() as u64;
    let top = limit.min(guest.map.low()).min(FOUR_GIB);
    let start = top.checked_sub(size).map(|start| start / PAGE * PAGE);
    match start {
        Some(start) if start >= kernel_end => {
            write(memory, start, initrd)?;
            Ok(Region { start, size })
        }
        _ => Err(Error::NoRoomForInitrd(size)),
    }
}
