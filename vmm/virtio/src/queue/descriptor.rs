//! A descriptor as it lies in memory (virtio 1.2, section 2.7.5).

use cloister_device::{GuestMemory, Width};

use super::Malformed;
use crate::bytes::load;

/// Bytes of a descriptor.
pub(super) const SIZE: u64 = 16;
const NEXT: u64 = 1;
const WRITE: u64 = 2;
const INDIRECT: u64 = 4;

/// A copy of a descriptor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descriptor {
    pub(super) address: u64,
    pub(super) length: u32,
    /// The number of the next one in the same table.
    pub(super) next: Option<u16>,
    pub(super) writable: bool,
    pub(super) indirect: bool,
}

impl Descriptor {
    /// Reads a descriptor in one piece.
    pub(super) fn read<M: GuestMemory + ?Sized>(
        memory: &M,
        table: u64,
        index: u16,
    ) -> Result<Self, Malformed> {
        let mut bytes = [0; SIZE as usize];
        memory.read(table.wrapping_add(SIZE * u64::from(index)), &mut bytes)?;
        let field = |offset, width| load(&bytes, offset, width).unwrap_or(0);
        let flags = field(12, Width::Two);
        Ok(Self {
            address: field(0, Width::Eight),
            length: field(8, Width::Four) as u32,
            next: (flags & NEXT != 0).then_some(field(14, Width::Two) as u16),
            writable: flags & WRITE != 0,
            indirect: flags & INDIRECT != 0,
        })
    }
}
