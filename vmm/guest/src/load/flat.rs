//! Flat segments, which every boot protocol asks for: their descriptors, and the registers that name
//! them.

use cloister_device::GuestMemory;

use super::Error;
use super::place::{self, DESCRIPTORS};
use crate::cpu::{FLAT_DATA, Segment, State};

/// A table of segment descriptors, one of them for code, one for data.
pub(super) struct FlatSegments<const COUNT: usize> {
    /// The table.
    pub descriptors: [u64; COUNT],
    /// Selector of the code segment.
    pub code: u16,
    /// Attributes of the code segment.
    pub code_attributes: u16,
    /// Selector of the data segment.
    pub data: u16,
}

impl<const COUNT: usize> FlatSegments<COUNT> {
    /// Writes the table.
    pub(super) fn write(&self, memory: &impl GuestMemory) -> Result<(), Error> {
        for (index, descriptor) in (0..).zip(self.descriptors) {
            place::write(memory, DESCRIPTORS + 8 * index, &descriptor.to_le_bytes())?;
        }
        Ok(())
    }

    /// The state after reset, but with these segments.
    pub(super) const fn state(&self) -> State {
        let mut state = State::reset();
        let segments = &mut state.system.segments;
        segments.cs = flat(self.code, self.code_attributes);
        let data = flat(self.data, FLAT_DATA);
        (segments.ds, segments.es, segments.ss) = (data, data, data);
        (segments.fs, segments.gs) = (data, data);
        segments.gdtr = Segment {
            selector: 0,
            attributes: 0,
            limit: size_of::<[u64; COUNT]>() as u32 - 1,
            base: DESCRIPTORS,
        };
        state
    }
}

/// A segment of 4 GiB from address 0.
const fn flat(selector: u16, attributes: u16) -> Segment {
    Segment { selector, attributes, limit: u32::MAX, base: 0 }
}
