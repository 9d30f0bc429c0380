//! Access to the structures through configuration space, for those who cannot map memory (virtio 1.2,
//! section 4.1.4.9).

use cloister_device::{GuestMemory, Interrupts, Width};

use super::{Device, Virtio};
use crate::{Environment, Progress, pci::Function};

/// Offsets in the capability.
const BAR: u8 = 4;
const OFFSET: u8 = 8;
const LENGTH: u8 = 12;
const DATA: u8 = 16;

impl<D: Device> Virtio<D> {
    /// Whether an access to configuration space is one to the data of the capability.
    pub(super) fn is_window(&self, offset: u8) -> bool {
        self.access_at != 0 && offset & !3 == self.access_at.wrapping_add(DATA)
    }

    /// Where the guest wants to access, if that lies in a structure.
    fn target(&self) -> Option<(usize, u64, Width)> {
        let field = |offset, width| {
            self.endpoint.configuration().read(self.access_at.wrapping_add(offset), width)
        };
        let bar = field(BAR, Width::One) as usize;
        let offset = u64::from(field(OFFSET, Width::Four));
        let width = Width::from_bytes(field(LENGTH, Width::Four).into())
            .filter(|&width| width <= Width::Four && offset.is_multiple_of(width.bytes()))?;
        let (_, bar_register) =
            self.endpoint.configuration().bars().find(|(index, _)| *index == bar)?;
        (offset + width.bytes() <= bar_register.size()).then_some((bar, offset, width))
    }

    /// Reads through the window.
    pub(super) fn read_window(&mut self) -> Option<u32> {
        let (bar, offset, width) = self.target()?;
        Some((self.read(bar, offset, width) & width.mask()) as u32)
    }

    /// Writes through the window.
    pub(super) fn write_window<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        value: u32,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        match self.target() {
            Some((bar, offset, width)) => {
                self.write(bar, offset, width, u64::from(value) & width.mask(), environment)
            }
            None => Progress::Done,
        }
    }
}
