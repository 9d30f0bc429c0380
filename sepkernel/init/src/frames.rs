//! Physical memory for what the boot program builds, taken from the top of its ranges downwards.

use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use heapless::Vec;
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

/// The largest number of pieces that subjects' memory may be in.
const MAX_PIECES: usize = 16;

/// Smaller pieces are left alone.
const SMALLEST_PIECE: u64 = 1 << 20;

/// Gives out frames, all zeroed and mapped to themselves: of one range below 4 GiB for the kernel, of
/// all other free memory for subjects.
pub struct Frames {
    tables: Piece,
    kernel: Piece,
    subjects: Vec<Piece, MAX_PIECES>,
}

/// A range that is taken from the top downwards.
#[derive(Clone, Copy)]
struct Piece {
    whole: Range,
    free_end: u64,
}

impl Piece {
    const fn new(whole: Range) -> Self {
        Self { whole, free_end: whole.end }
    }

    /// Takes `size` bytes that start at a multiple of `alignment`, if there are so many.
    fn take(&mut self, size: u64, alignment: u64) -> Option<Range> {
        let start = self.free_end.checked_sub(size)? / alignment * alignment;
        if start < self.whole.start {
            return None;
        }
        self.free_end = start;
        let range = Range { start, end: start + size };
        // SAFETY: the range is free memory, mapped to itself, and nobody else's.
        unsafe { core::ptr::write_bytes(range.start as *mut u8, 0, size as usize) };
        Some(range)
    }
}

impl Frames {
    /// Divides the free memory: tables and kernel get the top of the largest range below 4 GiB.
    pub fn new(info: &BootInfo, image: Range) -> Self {
        /// Most that tables and kernel get of it, in bytes: a table page maps 1 GiB in large pages,
        /// so this is enough for any machine.
        const MOST: u64 = 64 << 20;
        let taken = || info.occupied.iter().copied().chain([image]);
        let usable = info.memory.iter().filter(|(kind, _)| *kind == MemoryKind::Usable);
        let mut gaps = Vec::<Range, { 2 * MAX_PIECES }>::new();
        for gap in usable.flat_map(|(_, range)| gaps_of(clip(*range), taken())) {
            // What does not fit into the list is left alone; it is the firmware's odds and ends.
            if gap.size() >= SMALLEST_PIECE && !gaps.contains(&gap) {
                let _ = gaps.push(gap);
            }
        }
        let low = gaps.iter().filter(|gap| gap.end <= LIMIT).max_by_key(|gap| gap.size());
        let Some(&all) = low else { stop!("the machine has no usable memory below 4 GiB") };
        let share = (all.size() / 8).min(MOST) / PAGE * PAGE;
        let (tables, kernel) = (all.end - share, all.end - 2 * share);
        let rest = Range { start: all.start, end: kernel };
        gaps.iter_mut().filter(|gap| **gap == all).for_each(|gap| *gap = rest);
        // The largest pieces, if there are more than there is room for; in order of addresses.
        gaps.sort_unstable_by_key(|gap| core::cmp::Reverse(gap.size()));
        gaps.truncate(MAX_PIECES);
        gaps.sort_unstable_by_key(|gap| gap.start);
        let subjects = gaps.iter().map(|gap| Piece::new(*gap)).collect();
        Self {
            tables: Piece::new(Range { start: tables, end: all.end }),
            kernel: Piece::new(Range { start: kernel, end: tables }),
            subjects,
        }
    }

    /// The memory that tables, and that all else of the kernel, may lie in.
    pub const fn tables_and_kernel(&self) -> (Range, Range) {
        (self.tables.whole, self.kernel.whole)
    }

    /// The memory for subjects, ascending.
    pub fn subjects(&self) -> impl Iterator<Item = Range> {
        self.subjects.iter().map(|piece| piece.whole)
    }

    /// How many bytes are left for subjects, in all pieces together.
    pub fn left_for_subjects(&self) -> u64 {
        self.subjects.iter().map(|piece| piece.free_end - piece.whole.start).sum()
    }

    /// Takes `size` bytes for the kernel, rounded up to pages, in one piece.
    pub fn take(&mut self, size: u64) -> Range {
        self.take_for(Pool::Kernel, size)
    }

    /// Takes `size` bytes, rounded up to pages, in one piece.
    pub fn take_for(&mut self, pool: Pool, size: u64) -> Range {
        let size = size.next_multiple_of(PAGE);
        let taken = match pool {
            Pool::Tables => self.tables.take(size, PAGE),
            Pool::Kernel => self.kernel.take(size, PAGE),
            // The highest piece first: what lies below 4 GiB is scarce.
            Pool::Subjects => {
                self.subjects.iter_mut().rev().find_map(|piece| piece.take(size, PAGE))
            }
        };
        taken.unwrap_or_else(|| {
            stop!("too little memory: {size} more bytes are needed for {pool:?}");
        })
    }

    /// Takes up to `most` bytes for a subject in one piece: as many as the largest piece has if no
    /// piece has all. `most` and `alignment` are multiples of the page; so is what is taken of
    /// `alignment`.
    pub fn take_up_to(&mut self, most: u64, alignment: u64) -> Option<Range> {
        let room = |piece: &Piece| {
            let start = piece.whole.start.next_multiple_of(alignment);
            (piece.free_end / alignment * alignment).saturating_sub(start)
        };
        let enough = self.subjects.iter().rposition(|piece| room(piece) >= most);
        let largest = (0..).zip(&self.subjects).max_by_key(|(_, piece)| room(piece));
        let chosen = enough.or(largest.map(|(index, _)| index))?;
        let piece = self.subjects.get_mut(chosen)?;
        let size = room(piece).min(most);
        if size == 0 { None } else { piece.take(size, alignment) }
    }
}

// SAFETY: each frame is given out once and is free memory.
unsafe impl FrameAllocator<Size4KiB> for Frames {
    fn allocate_frame(&mut self) -> Option<PhysFrame<Size4KiB>> {
        Some(PhysFrame::containing_address(PhysAddr::new(self.take_for(Pool::Tables, PAGE).start)))
    }
}

/// The part of a range that lies in whole pages above the first MiB, where processors start and
/// firmwares keep things that no map lists.
fn clip(range: Range) -> Range {
    let start = range.start.max(1 << 20).next_multiple_of(PAGE);
    Range { start, end: (range.end / PAGE * PAGE).max(start) }
}

/// The parts of `range` between the `taken` ranges, split at 4 GiB; some may be empty.
fn gaps_of(
    range: Range,
    taken: impl Iterator<Item = Range> + Clone,
) -> impl Iterator<Item = Range> {
    let gap_from = {
        let taken = taken.clone();
        move |start: u64| {
            let start = start.next_multiple_of(PAGE).clamp(range.start, range.end);
            let covered = taken.clone().any(|other| other.start <= start && start < other.end);
            let next = taken.clone().map(|other| other.start).filter(|other| *other >= start).min();
            let edge = if start < LIMIT { LIMIT } else { u64::MAX };
            let end = next.unwrap_or(range.end).min(range.end).min(edge) / PAGE * PAGE;
            Range { start, end: if covered { start } else { end.max(start) } }
        }
    };
    taken.map(|other| other.end).chain([range.start, LIMIT]).map(gap_from)
}
