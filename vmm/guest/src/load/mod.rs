//! Puts a guest's kernel into its memory, by the boot protocol that the kernel asks for, and says in
//! which state its first processor starts.
//!
//! Files come from measured images, and are parsed as if they did not. Everything that a loader itself
//! writes lies below 640 KiB (see [`place`]), kernels from 1 MiB on, the initial RAM disk at the top of
//! what the kernel can reach below 4 GiB.

mod elf_image;
mod error;
mod field;
mod flat;
mod linux;
mod map;
mod multiboot;
mod place;
mod protected;
mod pvh;
#[cfg(test)]
mod tests;

use cloister_device::GuestMemory;

use crate::cpu::State;

pub use error::Error;
pub use map::{MAX_REGIONS, MapEntry, MemoryMap, Region, RegionKind};
pub use place::{LOW_END, TABLES, TABLES_END};

/// Most bytes of a command line, without its end.
pub const COMMAND_LINE_MAX: usize = 0xffff;

/// Where a kernel finds a screen: pixels of 32 bits, one line after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Framebuffer {
    /// Guest-physical address.
    pub address: u64,
    /// Pixels of a line.
    pub width: u16,
    /// Lines.
    pub height: u16,
    /// Bytes from one line to the next.
    pub stride: u16,
    /// The lowest bit of red: 16, or 0 where red and blue are exchanged. Green is at 8.
    pub red: u8,
    /// The lowest bit of blue.
    pub blue: u8,
}

impl Framebuffer {
    /// Bytes of all lines.
    #[must_use]
    pub const fn bytes(&self) -> u32 {
        self.stride as u32 * self.height as u32
    }
}

/// What is to be loaded.
#[derive(Clone, Copy, Debug)]
pub struct Guest<'a> {
    /// The kernel's file.
    pub kernel: &'a [u8],
    /// The initial RAM disk's file.
    pub initrd: Option<&'a [u8]>,
    /// The kernel's command line, without a zero.
    pub command_line: &'a [u8],
    /// What lies where.
    pub map: &'a MemoryMap,
    /// Guest-physical address of ACPI's RSDP; 0 where there is none.
    pub rsdp: u64,
    /// The screen.
    pub framebuffer: Option<Framebuffer>,
}

/// A boot protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocol {
    /// Linux, 64-bit.
    Linux,
    /// Xen's PVH, direct.
    Pvh,
    /// Multiboot, version 1.
    Multiboot,
}

impl Protocol {
    /// The protocol that a kernel asks for; of PVH and Multiboot, PVH.
    ///
    /// # Errors
    /// None that is known.
    pub fn of(kernel: &[u8]) -> Result<Self, Error> {
        if linux::is_linux(kernel) {
            Ok(Self::Linux)
        } else if pvh::entry(kernel).is_ok() {
            Ok(Self::Pvh)
        } else if multiboot::is_multiboot(kernel) {
            Ok(Self::Multiboot)
        } else {
            Err(Error::NoProtocol)
        }
    }
}

/// Loads a guest, and gives the state of its first processor. Memory is zero before, but for what is
/// the machine's own (ACPI tables).
///
/// # Errors
/// See [`Error`]; memory may have been written.
pub fn load(memory: &impl GuestMemory, guest: &Guest<'_>) -> Result<State, Error> {
    if guest.command_line.contains(&0) {
        return Err(Error::CommandLineHasZero);
    }
    place::bios_data(memory)?;
    match Protocol::of(guest.kernel)? {
        Protocol::Linux => linux::load(memory, guest),
        Protocol::Pvh => pvh::load(memory, guest),
        Protocol::Multiboot => multiboot::load(memory, guest),
    }
}
