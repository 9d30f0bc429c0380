//! Physical memory for what the boot program builds: one range, taken from the top downwards.

use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use x86_64::PhysAddr;
use x86_64::structures::paging::{FrameAllocator, PhysFrame, Size4KiB};

use crate::boot_info::{BootInfo, MemoryKind};
use crate::stop;

/// The early page tables of the Multiboot and PVH entries map no more than this.
const LIMIT: u64 = 1 << 32;

/// What memory is for. Each use has a part of its own, so that the isolation check can tell from a
/// frame's number what it may be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pool {
    /// Page tables.
    Tables,
    /// Everything else of the kernel.
    Kernel,
    /// Memory of subjects, and channels between them.
    Subjects,
}

impl Pool {
    const ALL: [Self; 3] = [Self::Tables, Self::Kernel, Self::Subjects];
}

/// Gives out frames of one free range, in three parts; all are zeroed and mapped to themselves.
pub struct Frames {
    whole: [Range; 3],
    free: [Range; 3],
}

impl Frames {
    /// Chooses the largest free range below 4 GiB and divides it.
    pub fn new(info: &BootInfo, image: Range) -> Self {
        /// Most that tables and kernel get of it, in bytes: a table page maps 1 GiB in large pages,
        /// so this is enough for any machine.
        const MOST: u64 = 64 << 20;
        let usable = info.memory.iter().filter(|(kind, _)| *kind == MemoryKind::Usable);
        let largest = usable
            .map(|(_, range)| {
                largest_gap(clip(*range), info.occupied.iter().copied().chain([image]))
            })
            .max_by_key(|gap| gap.size());
        let Some(all) = largest else { stop!("the machine has no usable memory") };
        let share = (all.size() / 8).min(MOST) / PAGE * PAGE;
        let (tables, kernel) = (all.end - share, all.end - 2 * share);
        let whole = [
            Range { start: tables, end: all.end },
            Range { start: kernel, end: tables },
            Range { start: all.start, end: kernel },
        ];
        Self { whole, free: whole }
    }

    /// The part of the memory that is for `pool`.
    pub fn whole(&self, pool: Pool) -> Range {
        let [tables, kernel, subjects] = self.whole;
        match pool {
            Pool::Tables => tables,
            Pool::Kernel => kernel,
            Pool::Subjects => subjects,
        }
    }

    /// How many bytes of `pool` are left.
    pub fn left(&self, pool: Pool) -> u64 {
        let mut parts = Pool::ALL.iter().zip(&self.free);
        parts.find(|(part, _)| **part == pool).map_or(0, |(_, free)| free.size())
    }

    /// Takes `size` bytes for the kernel, rounded up to pages, in one piece.
    pub fn take(&mut self, size: u64) -> Range {
        self.take_for(Pool::Kernel, size)
    }

    /// Takes `size` bytes, rounded up to pages, in one piece.
    pub fn take_for(&mut self, pool: Pool, size: u64) -> Range {
        let pages = size.next_multiple_of(PAGE);
        let mut parts = Pool::ALL.iter().zip(&mut self.free);
        let free = parts.find(|(part, _)| **part == pool).map(|(_, free)| free);
        let Some(free) = free.filter(|free| free.size() >= pages) else {
            stop!("too little memory: {size} more bytes are needed for {pool:?}");
        };
        let end = free.end;
        free.end = end - pages;
        let range = Range { start: free.end, end };
        // SAFETY: the range is free memory below 4 GiB, mapped to itself, and nobody else's.
        unsafe { core::ptr::write_bytes(range.start as *mut u8, 0, pages as usize) };
        range
    }
}

// SAFETY: each frame is given out once and is free memory.
unsafe impl FrameAllocator<Size4KiB> for Frames {
    fn allocate_frame(&mut self) -> Option<PhysFrame<Size4KiB>> {
        Some(PhysFrame::containing_address(PhysAddr::new(self.take_for(Pool::Tables, PAGE).start)))
    }
}

/// The part of a range that lies in whole pages below [`LIMIT`] and above the first MiB, where
/// processors start and firmwares keep things that no map lists.
fn clip(range: Range) -> Range {
    let start = range.start.max(1 << 20).next_multiple_of(PAGE);
    Range { start, end: (range.end.min(LIMIT) / PAGE * PAGE).max(start) }
}

/// The largest part of `range` between the `taken` ranges.
fn largest_gap(range: Range, taken: impl Iterator<Item = Range> + Clone) -> Range {
    let gap_from = |start: u64| {
        let start = start.next_multiple_of(PAGE).clamp(range.start, range.end);
        let covered = taken.clone().any(|other| other.start <= start && start < other.end);
        let next = taken.clone().map(|other| other.start).filter(|other| *other >= start).min();
        let end = next.unwrap_or(range.end).min(range.end) / PAGE * PAGE;
        Range { start, end: if covered { start } else { end.max(start) } }
    };
    let starts = taken.clone().map(|other| other.end).chain([range.start]);
    starts.map(gap_from).max_by_key(|gap| gap.size()).unwrap_or(Range { start: 0, end: 0 })
}
