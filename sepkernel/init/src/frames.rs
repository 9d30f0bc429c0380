//! Physical memory for what the boot program builds: one range, taken from the top downwards.

use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use x86_64::PhysAddr;
use x86_64::structures::paging::{FrameAllocator, PhysFrame, Size4KiB};

use crate::boot_info::{BootInfo, MemoryKind};
use crate::stop;

/// The early page tables of the Multiboot and PVH entries map no more than this.
const LIMIT: u64 = 1 << 32;

/// Gives out frames of one free range; all are zeroed and mapped to themselves.
pub struct Frames {
    free: Range,
}

impl Frames {
    /// Chooses the largest free range below 4 GiB.
    pub fn new(info: &BootInfo, image: Range) -> Self {
        let usable = info.memory.iter().filter(|(kind, _)| *kind == MemoryKind::Usable);
        let largest = usable
            .map(|(_, range)| {
                largest_gap(clip(*range), info.occupied.iter().copied().chain([image]))
            })
            .max_by_key(|gap| gap.size());
        match largest {
            Some(free) => Self { free },
            None => stop!("the machine has no usable memory"),
        }
    }

    /// Takes `size` bytes, rounded up to pages, in one piece.
    pub fn take(&mut self, size: u64) -> Range {
        let pages = size.next_multiple_of(PAGE);
        if self.free.size() < pages {
            stop!("no memory for {size} bytes that the kernel needs");
        }
        let end = self.free.end;
        self.free.end = end - pages;
        let range = Range { start: self.free.end, end };
        // SAFETY: the range is free memory below 4 GiB, mapped to itself, and nobody else's.
        unsafe { core::ptr::write_bytes(range.start as *mut u8, 0, pages as usize) };
        range
    }
}

// SAFETY: each frame is given out once and is free memory.
unsafe impl FrameAllocator<Size4KiB> for Frames {
    fn allocate_frame(&mut self) -> Option<PhysFrame<Size4KiB>> {
        Some(PhysFrame::containing_address(PhysAddr::new(self.take(PAGE).start)))
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
