//! Linux, by the 64-bit boot protocol (Linux, Documentation/arch/x86/boot.rst, "64-bit Boot Protocol").

mod header;
mod long_mode;
mod zero_page;

use cloister_device::GuestMemory;

use super::place::{self, INFORMATION, KERNELS};
use super::{Error, Guest};
use crate::cpu::State;
use header::Header;

pub(super) use header::is_linux;

/// The 64-bit entry, from the start of the kernel.
const ENTRY: u64 = 0x200;
/// RSI.
const BOOT_PARAMETERS: usize = 6;

/// Loads the kernel, its initial RAM disk, command line, boot parameters, page tables and descriptors.
pub(super) fn load(memory: &impl GuestMemory, guest: &Guest<'_>) -> Result<State, Error> {
    let header = Header::parse(guest.kernel)?;
    let start = kernel_address(guest, &header)?;
    place::write_kernel(memory, guest, start, header.kernel)?;
    let end = start.saturating_add(header.needs);
    let initrd = place::initrd(memory, guest, end, u64::from(header.initrd_last) + 1)?;
    place::command_line(memory, guest, header.command_line_limit)?;
    zero_page::write(memory, guest, &header, initrd)?;
    long_mode::write_tables(memory)?;
    let mut state = long_mode::state();
    state.general.rip = start + ENTRY;
    state.general.registers[BOOT_PARAMETERS] = INFORMATION;
    Ok(state)
}

/// Where the kernel prefers to be, if there is memory for it; else, if it can be moved, at the lowest
/// address that it allows.
fn kernel_address(guest: &Guest<'_>, header: &Header<'_>) -> Result<u64, Error> {
    let fits = |start| place::check_kernel(guest, start, header.needs).is_ok();
    let lowest = KERNELS.next_multiple_of(header.alignment);
    if fits(header.preferred) {
        Ok(header.preferred)
    } else if header.relocatable && fits(lowest) {
        Ok(lowest)
    } else {
        let start = if header.relocatable { lowest } else { header.preferred };
        let needed = start.saturating_add(header.needs);
        Err(Error::TooLittleMemory { needed, there: guest.map.low() })
    }
}
