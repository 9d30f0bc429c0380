//! The contract by which the boot program starts the resident kernel.

use crate::processor::ExceptionStacks;
use crate::screen::Framebuffer;

/// The largest number of processors that are used.
pub const MAX_PROCESSORS: usize = 8;

/// What the boot program tells the kernel. Both are built from one source with one compiler and
/// travel in one image; `repr(C)` makes the layout independent of optimization.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Handoff {
    /// The screen at its address in the kernel's half; [`Framebuffer::NONE`] where there is none.
    pub framebuffer: Framebuffer,
    /// Text line of the screen that is written next.
    pub screen_row: u32,
    /// Whether there is a crash record page.
    pub crash_record: bool,
    /// Tops of the exception stacks, for each processor.
    pub exception_stacks: [ExceptionStacks; MAX_PROCESSORS],
    /// Local APIC numbers of the processors that were started, the boot processor first.
    pub processors: [u8; MAX_PROCESSORS],
    /// How many there are.
    pub processor_count: u32,
    /// The page table root that the kernel runs on, at its address in the boot program's half.
    pub root_table: u64,
    /// Where the kernel finds its tables, in its own half.
    pub tables: u64,
    /// What the boot program leaves behind and the kernel scrubs: its image below and above the
    /// guard page of its stack.
    pub scrub: [Range; 2],
}

/// A range of addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Range {
    /// First byte.
    pub start: u64,
    /// Behind the last byte.
    pub end: u64,
}

impl Range {
    /// Bytes in it.
    #[must_use]
    pub const fn size(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the two have a byte in common.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// The kernel's entry point.
pub type Entry = unsafe extern "sysv64" fn(*const Handoff) -> !;
