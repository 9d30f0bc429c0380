//! A descriptor as it lies in memory (virtio 1.2, section 2.7.5).

use cloister_device::GuestMemory;

use super::Malformed;

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
    /// Reads a descriptor: the address, then everything else.
    pub(super) fn read<M: GuestMemory + ?Sized>(
        memory: &M,
        table: u64,
        index: u16,
    ) -> Result<Self, Malformed> {
        let at = table.wrapping_add(SIZE * u64::from(index));
        let address = memory.read_u64(at)?;
        // Length in 32 bits, flags and next in 16 each.
        let rest = memory.read_u64(at.wrapping_add(8))?;
        let flags = rest >> 32;
        Ok(Self {
            address,
            length: rest as u32,
            next: (flags & NEXT != 0).then_some((rest >> 48) as u16),
            writable: flags & WRITE != 0,
            indirect: flags & INDIRECT != 0,
        })
    }
}
