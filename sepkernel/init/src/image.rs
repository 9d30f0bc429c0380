//! This program's own parts, as `init.ld` lays them out, at the addresses where they run.

use cloister_hardware::handoff::Range;

/// The sections' bounds and how each may be used.
#[derive(Clone, Copy)]
pub struct Image {
    /// Constants.
    pub constants: Range,
    /// Code.
    pub code: Range,
    /// Data, up to the guard page below the stack.
    pub data: Range,
    /// The stack.
    pub stack: Range,
}

unsafe extern "C" {
    static __image_start: u8;
    static __text_start: u8;
    static __data_start: u8;
    static __guard_page: u8;
    static __stack_end: u8;
    static __image_end: u8;
}

impl Image {
    /// Where this program lies.
    pub fn of_this_program() -> Self {
        let range =
            |start: *const u8, end: *const u8| Range { start: start as u64, end: end as u64 };
        let guard = &raw const __guard_page;
        Self {
            constants: range(&raw const __image_start, &raw const __text_start),
            code: range(&raw const __text_start, &raw const __data_start),
            data: range(&raw const __data_start, guard),
            stack: range(guard.wrapping_add(4096), &raw const __stack_end),
        }
    }

    /// The parts that are mapped: all but the guard page below the stack.
    pub fn mapped(&self) -> [Range; 2] {
        [Range { start: self.constants.start, end: self.data.end }, self.stack]
    }

    /// The whole of it.
    pub fn all(&self) -> Range {
        Range { start: self.constants.start, end: (&raw const __image_end) as u64 }
    }
}
