//! Memory-mapped registers: the local APICs' and the I/O APIC's.

use cloister_device::Width;

use super::Platform;
use crate::{io_apic, local_apic};

impl<const PROCESSORS: usize> Platform<PROCESSORS> {
    /// Reads guest-physical memory as a processor does. None: none of these registers is there.
    pub fn memory_read(
        &mut self,
        processor: usize,
        address: u64,
        width: Width,
        now: u64,
    ) -> Option<u64> {
        if let Some(offset) = offset(address, local_apic::ADDRESS, local_apic::SIZE) {
            let apic = &mut self.processors.get_mut(processor)?.apic;
            return Some(apic.read_memory(offset, width, now));
        }
        let offset = offset(address, io_apic::ADDRESS, io_apic::SIZE)?;
        Some(self.io_apic.read(offset, width))
    }

    /// Writes guest-physical memory as a processor does. False: none of these registers is there.
    #[inline]
    pub fn memory_write(
        &mut self,
        processor: usize,
        address: u64,
        width: Width,
        value: u64,
        now: u64,
    ) -> bool {
        if let Some(offset) = offset(address, local_apic::ADDRESS, local_apic::SIZE) {
            let Some(it) = self.processors.get_mut(processor) else { return false };
            let effect = it.apic.write_memory(offset, width, value, now);
            self.carry_out(effect, processor);
            return true;
        }
        let Some(offset) = offset(address, io_apic::ADDRESS, io_apic::SIZE) else { return false };
        self.io_apic.write(offset, width, value);
        self.send_messages();
        true
    }
}

/// Where an address is in a window.
fn offset(address: u64, base: u64, size: u64) -> Option<u64> {
    Some(address.wrapping_sub(base)).filter(|&offset| offset < size)
}
