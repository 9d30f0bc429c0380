//! What every way to start ends with: one description of the machine and of the bundle.

use core::fmt;

use cloister_bundle::MAX_FILES;
use cloister_hardware::crash;
use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use cloister_hardware::screen::Framebuffer;
use heapless::Vec;

/// Largest number of ranges that a memory map may have here.
pub const MAX_RANGES: usize = 512;

/// How the boot program was started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Firmware {
    /// As an EFI program, by firmware of this revision of the UEFI specification: major in the
    /// upper half, ten times minor in the lower.
    Uefi(u32),
    /// By a Multiboot 2 loader.
    Multiboot2,
    /// By a virtual machine monitor through the PVH entry.
    Pvh,
}

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uefi(revision) => {
                let (major, minor) = (revision >> 16, revision & 0xffff);
                write!(f, "UEFI {major}.{}.{}", minor / 10, minor % 10)
            }
            Self::Multiboot2 => write!(f, "Multiboot 2"),
            Self::Pvh => write!(f, "PVH"),
        }
    }
}

/// What a range of physical memory holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemoryKind {
    /// Free.
    Usable,
    /// Free as soon as nothing of the firmware is in use any more, its page tables included.
    Reclaimable,
    /// Tables for ACPI.
    Acpi,
}

/// The machine and the bundle, as the entries found them.
pub struct BootInfo {
    /// How the boot program was started.
    pub firmware: Firmware,
    /// Memory that holds something of interest; all else is left alone.
    pub memory: Vec<(MemoryKind, Range), MAX_RANGES>,
    /// Parts of it that are in use: the bundle, the loader's tables.
    pub occupied: Vec<Range, { MAX_FILES + 16 }>,
    /// The screen.
    pub framebuffer: Option<Framebuffer>,
    /// Whether the crash record's page is ours.
    pub crash_record: bool,
    /// Physical address of ACPI's root system description pointer.
    pub rsdp: Option<u64>,
    /// Bytes of the bundle's manifest.
    pub manifest: &'static [u8],
    /// Whether the firmware measures into a TPM.
    pub measured: bool,
    /// The firmware's event log, where it has one.
    pub firmware_log: &'static [u8],
    /// Content of the manifest's files, in its order; shorter or empty where something is missing.
    pub files: Vec<&'static [u8], MAX_FILES>,
}

impl BootInfo {
    /// A description that says nothing yet.
    #[must_use]
    pub const fn new(firmware: Firmware) -> Self {
        Self {
            firmware,
            memory: Vec::new(),
            occupied: Vec::new(),
            framebuffer: None,
            crash_record: false,
            rsdp: None,
            manifest: &[],
            measured: false,
            firmware_log: &[],
            files: Vec::new(),
        }
    }

    /// Adds a range of memory; stops the machine if the map has more than [`MAX_RANGES`].
    pub fn add_memory(&mut self, kind: MemoryKind, range: Range) {
        if range.size() > 0 && self.memory.push((kind, range)).is_err() {
            crate::stop!("the firmware's memory map has more than {MAX_RANGES} ranges");
        }
    }

    /// Takes the crash record's page, if it is free memory. Called when all other memory in use is
    /// known.
    pub fn take_crash_record(&mut self, image: Range) {
        let page = Range { start: crash::PHYSICAL_ADDRESS, end: crash::PHYSICAL_ADDRESS + PAGE };
        let in_use =
            page.overlaps(image) || self.occupied.iter().any(|other| page.overlaps(*other));
        let is_memory = self.memory.iter().any(|(kind, range)| {
            *kind == MemoryKind::Usable && range.start <= page.start && page.end <= range.end
        });
        self.crash_record = !in_use && is_memory && self.occupied.push(page).is_ok();
    }

    /// Marks the memory of `bytes` as in use.
    pub fn occupy(&mut self, bytes: &[u8]) {
        let start = bytes.as_ptr() as u64;
        let range = Range { start, end: start.saturating_add(bytes.len() as u64) };
        if range.size() > 0 && self.occupied.push(range).is_err() {
            crate::stop!("the loader left more pieces in memory than can be tracked");
        }
    }
}
