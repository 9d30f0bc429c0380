//! Accesses of an instruction to memory and to devices.

use cloister_abi::Event;
use cloister_device::{GuestMemory, Width};

use super::{Error, Mmio, Stop};
use crate::cpu::{General, Mode, SegmentName, System, linear_address};
use crate::paging::{Access, Fault, PAGE_BYTES, translate};

const PAGE_FAULT: u8 = 14;

/// Where an operand is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// In the device register whose access left the guest, at this guest-physical address.
    Device(u64),
    /// At this guest-physical address, in one page.
    Page(u64),
    /// In two pages: the first bytes, as many as the number says, and the rest.
    Pages(u64, u64, usize),
}

/// What an instruction sees of the machine while it is carried out.
pub(super) struct Machine<'a, M, D> {
    pub(super) memory: &'a M,
    pub(super) devices: &'a mut D,
    pub(super) system: &'a System,
    pub(super) mode: Mode,
    pub(super) rflags: u64,
    /// The last translated pages, linear and physical, for reading and for writing. They hold for one
    /// exit, as the processor's own would.
    translated: [Option<(u64, u64)>; 2],
}

impl<'a, M: GuestMemory, D: Mmio> Machine<'a, M, D> {
    pub(super) const fn new(
        memory: &'a M,
        devices: &'a mut D,
        general: &General,
        system: &'a System,
    ) -> Self {
        let rflags = general.rflags;
        let mode = Mode::of(rflags, system);
        Self { memory, devices, system, mode, rflags, translated: [None; 2] }
    }

    /// Where in its page an offset lies: no limit and no wrap-around has a part in that.
    #[inline]
    pub(super) const fn in_page(&self, segment: SegmentName, offset: u64) -> u64 {
        let has_base = !matches!(self.mode, Mode::Long)
            || matches!(segment, SegmentName::Fs | SegmentName::Gs);
        let base = if has_base { segment.of(self.system).base } else { 0 };
        base.wrapping_add(offset) % PAGE_BYTES
    }

    /// The linear address of an operand, or the exception that the segment raises.
    pub(super) fn linear(
        &self,
        segment: SegmentName,
        offset: u64,
        width: Width,
    ) -> Result<u64, Stop> {
        linear_address(self.mode, self.system, segment, offset, width.bytes()).map_err(|fault| {
            Stop::Exception { event: Event::Exception(fault.vector, Some(0)), address: None }
        })
    }

    /// Where an operand is that may lie in two pages.
    pub(super) fn place(
        &mut self,
        linear: u64,
        width: Width,
        access: Access,
    ) -> Result<Place, Stop> {
        let first = self.physical(linear, access)?;
        let in_page = PAGE_BYTES - linear % PAGE_BYTES;
        if in_page >= width.bytes() {
            return Ok(Place::Page(first));
        }
        let second = self.physical(linear.wrapping_add(in_page), access)?;
        Ok(Place::Pages(first, second, in_page as usize))
    }

    fn physical(&mut self, linear: u64, access: Access) -> Result<u64, Stop> {
        let (page, offset) = (linear & !(PAGE_BYTES - 1), linear % PAGE_BYTES);
        let kept = usize::from(access == Access::Write);
        if let Some(&Some((kept, physical))) = self.translated.get(kept)
            && kept == page
        {
            return Ok(physical | offset);
        }
        let physical =
            translate(self.memory, self.rflags, self.system, linear, access).map_err(Stop::from)?;
        if let Some(kept) = self.translated.get_mut(kept) {
            *kept = Some((page, physical & !(PAGE_BYTES - 1)));
        }
        Ok(physical)
    }

    /// Reads an operand: from memory, or from a device where there is none.
    #[inline]
    pub(super) fn read(&mut self, place: Place, width: Width) -> u64 {
        match place {
            Place::Device(address) => self.devices.read(address, width) & width.mask(),
            Place::Page(address) => self.read_page(address, width),
            Place::Pages(first, second, split) => {
                (0..width.bytes() as usize).rev().fold(0, |value, index| {
                    let address = byte_address(first, second, split, index);
                    value << 8 | self.read_page(address, Width::One)
                })
            }
        }
    }

    fn read_page(&mut self, address: u64, width: Width) -> u64 {
        let mut bytes = [0; 8];
        let read =
            bytes.get_mut(..width.bytes() as usize).map(|bytes| self.memory.read(address, bytes));
        match read {
            Some(Ok(())) => u64::from_le_bytes(bytes),
            _ => self.devices.read(address, width) & width.mask(),
        }
    }

    /// Writes an operand: to memory, or to a device where there is none.
    #[inline]
    pub(super) fn write(&mut self, place: Place, width: Width, value: u64) {
        let value = value & width.mask();
        match place {
            Place::Device(address) => self.devices.write(address, width, value),
            Place::Page(address) => self.write_page(address, width, value),
            Place::Pages(first, second, split) => {
                let bytes = value.to_le_bytes().into_iter().take(width.bytes() as usize);
                for (index, byte) in bytes.enumerate() {
                    let address = byte_address(first, second, split, index);
                    self.write_page(address, Width::One, byte.into());
                }
            }
        }
    }

    fn write_page(&mut self, address: u64, width: Width, value: u64) {
        let bytes = value.to_le_bytes();
        let written =
            bytes.get(..width.bytes() as usize).map(|bytes| self.memory.write(address, bytes));
        if !matches!(written, Some(Ok(()))) {
            self.devices.write(address, width, value);
        }
    }
}

/// Where a byte of an operand in two pages is.
const fn byte_address(first: u64, second: u64, split: usize, index: usize) -> u64 {
    if index < split { first + index as u64 } else { second + (index - split) as u64 }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Page { linear, error_code } => Self::Exception {
                event: Event::Exception(PAGE_FAULT, Some(error_code)),
                address: Some(linear),
            },
            Fault::NoTable(address) => Self::Error(Error::NoTable(address)),
            Fault::FiveLevels => Self::Error(Error::FiveLevels),
        }
    }
}
