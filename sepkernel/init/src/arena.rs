//! Where the tables for the kernel are put together: written here, where memory is mapped to itself,
//! read there, where the kernel has them read-only.

use cloister_hardware::handoff::Range;
use cloister_hardware::layout::TABLES;

use crate::address_space::{Access, AddressSpace};
use crate::frames::Frames;
use crate::stop;

/// Bytes for all tables.
const SIZE: u64 = 1 << 20;

/// Gives out places in the tables' memory, one after the other.
pub struct Arena {
    memory: Range,
    used: u64,
}

impl Arena {
    /// Takes the memory and maps it for the kernel.
    pub fn new(space: &mut AddressSpace, frames: &mut Frames) -> Self {
        let memory = frames.take(SIZE);
        space.map(frames, TABLES, memory, Access::Read);
        Self { memory, used: 0 }
    }

    /// Copies `items` into the tables; they are read at the kernel's address.
    pub fn place<T: Copy>(&mut self, items: impl ExactSizeIterator<Item = T>) -> &'static [T] {
        let start = self.used.next_multiple_of(align_of::<T>().max(16) as u64);
        let count = items.len();
        let end = start + (count * size_of::<T>()) as u64;
        if end > self.memory.size() {
            stop!("the policy needs more room than the kernel's tables have");
        }
        self.used = end;
        let to = (self.memory.start + start) as *mut T;
        for (index, item) in items.take(count).enumerate() {
            // SAFETY: the place is in the tables' memory, aligned, and given out once.
            unsafe { to.wrapping_add(index).write(item) }
        }
        // SAFETY: the same memory at the kernel's address, which these tables map, too; nobody
        // writes it any more.
        unsafe { core::slice::from_raw_parts((TABLES + start) as *const T, count) }
    }

    /// The same for text.
    pub fn text(&mut self, text: &str) -> &'static str {
        let bytes = self.place(text.bytes());
        // The bytes of a string are valid, so nothing is lost.
        str::from_utf8(bytes).unwrap_or_default()
    }
}
