//! The guest's memory, where the monitor sees it. All access to it is by copies of single words, as the
//! guest's processors may write it at any time.

use core::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, Ordering};

use cloister_device::{GuestMemory, OutOfRange, SharedBytes};
use cloister_runtime::abi::WorldPage;

/// Where the high part begins for the guest.
const HIGH: u64 = 1 << 32;

/// The guest's memory.
#[derive(Clone, Copy)]
pub struct MappedMemory {
    /// Where the monitor sees guest-physical address 0.
    base: u64,
    /// Bytes from address 0 on, and from 4 GiB on; the latter follow the former for the monitor.
    low: u64,
    high: u64,
}

impl MappedMemory {
    /// The memory of the world that the page describes.
    pub const fn of(world: &'static WorldPage) -> Self {
        /// Memory is whole pages.
        const PAGE: u64 = 4096;
        let low = world.memory_low & !(PAGE - 1);
        Self { base: world.memory, low, high: world.memory_high }
    }

    /// Where the monitor sees `length` bytes of guest memory.
    #[inline]
    fn place(&self, address: u64, length: u64) -> Result<u64, OutOfRange> {
        let end = address.checked_add(length).ok_or(OutOfRange)?;
        if end <= self.low {
            Ok(self.base + address)
        } else if address >= HIGH && end - HIGH <= self.high {
            Ok(self.base + self.low + (address - HIGH))
        } else {
            Err(OutOfRange)
        }
    }
}

impl GuestMemory for MappedMemory {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), OutOfRange> {
        let from = self.place(address, into.len() as u64)?;
        // SAFETY: the kernel maps the guest's memory there; a volatile copy by the string
        // instruction reads each byte once, whatever the guest does meanwhile.
        unsafe { copy(from, into.as_mut_ptr() as u64, into.len()) };
        Ok(())
    }

    fn write(&self, address: u64, from: &[u8]) -> Result<(), OutOfRange> {
        let to = self.place(address, from.len() as u64)?;
        // SAFETY: the kernel maps the guest's memory there, writable; nothing of the monitor's own
        // is in it.
        unsafe { copy(from.as_ptr() as u64, to, from.len()) };
        Ok(())
    }

    fn read_shared(&self, address: u64, into: SharedBytes<'_>) -> Result<(), OutOfRange> {
        let from = self.place(address, into.length as u64)?;
        let to = first_byte(into)?;
        // SAFETY: the kernel maps the guest's memory there, and the bytes lie within words that may be written
        // through a shared reference; who reads them meanwhile expects any mixture.
        unsafe { copy(from, to, into.length) };
        Ok(())
    }

    fn write_shared(&self, address: u64, from: SharedBytes<'_>) -> Result<(), OutOfRange> {
        let to = self.place(address, from.length as u64)?;
        let start = first_byte(from)?;
        // SAFETY: the kernel maps the guest's memory there, writable, and nothing of the monitor's own is in
        // it; the bytes lie within words that may change while they are read.
        unsafe { copy(start, to, from.length) };
        Ok(())
    }

    fn read_u16(&self, address: u64) -> Result<u16, OutOfRange> {
        Ok(self.word(address)?.load(Ordering::Acquire))
    }

    fn write_u16(&self, address: u64, value: u16) -> Result<(), OutOfRange> {
        self.word(address)?.store(value, Ordering::Release);
        Ok(())
    }

    fn read_u32(&self, address: u64) -> Result<u32, OutOfRange> {
        if address.is_multiple_of(4) {
            let place = self.place(address, 4)?;
            // SAFETY: the kernel maps the guest's memory there; the address is aligned.
            return Ok(unsafe { AtomicU32::from_ptr(place as *mut u32) }.load(Ordering::Acquire));
        }
        let mut bytes = [0; 4];
        self.read(address, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    #[inline]
    fn read_u64(&self, address: u64) -> Result<u64, OutOfRange> {
        if address.is_multiple_of(8) && address < self.low {
            let place = self.base.wrapping_add(address);
            // SAFETY: the kernel maps the guest's memory there, whole pages; the address is aligned.
            return Ok(unsafe { AtomicU64::from_ptr(place as *mut u64) }.load(Ordering::Acquire));
        }
        self.read_elsewhere(address)
    }

    fn write_u64(&self, address: u64, value: u64) -> Result<(), OutOfRange> {
        if address.is_multiple_of(8) {
            let place = self.place(address, 8)?;
            // SAFETY: as above.
            unsafe { AtomicU64::from_ptr(place as *mut u64) }.store(value, Ordering::Release);
            return Ok(());
        }
        self.write(address, &value.to_le_bytes())
    }

    fn compare_exchange_u32(
        &self,
        address: u64,
        current: u32,
        new: u32,
    ) -> Result<bool, OutOfRange> {
        let place = self.place(address, 4)?;
        if !address.is_multiple_of(4) {
            return Err(OutOfRange);
        }
        // SAFETY: as above.
        let word = unsafe { AtomicU32::from_ptr(place as *mut u32) };
        Ok(word.compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire).is_ok())
    }

    fn zero(&self, address: u64, length: u64) -> Result<(), OutOfRange> {
        let to = self.place(address, length)?;
        // SAFETY: as for `write`. What is compiled to here is one string instruction.
        unsafe { core::ptr::write_bytes(to as *mut u8, 0, length as usize) };
        Ok(())
    }
}

impl MappedMemory {
    /// Reads 64 bits that are not aligned, or not in low memory.
    #[cold]
    fn read_elsewhere(&self, address: u64) -> Result<u64, OutOfRange> {
        if address.is_multiple_of(8) {
            let place = self.place(address, 8)?;
            // SAFETY: the kernel maps the guest's memory there; the address is aligned.
            return Ok(unsafe { AtomicU64::from_ptr(place as *mut u64) }.load(Ordering::Acquire));
        }
        let mut bytes = [0; 8];
        self.read(address, &mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn word(&self, address: u64) -> Result<&'static AtomicU16, OutOfRange> {
        let place = self.place(address, 2)?;
        if !address.is_multiple_of(2) {
            return Err(OutOfRange);
        }
        // SAFETY: the kernel maps the guest's memory there for as long as the monitor runs; the
        // address is aligned, as the base is a page's.
        Ok(unsafe { AtomicU16::from_ptr(place as *mut u16) })
    }
}

/// Where the first of the bytes is, if all of them lie within their words.
fn first_byte(bytes: SharedBytes<'_>) -> Result<u64, OutOfRange> {
    let end = bytes.offset.checked_add(bytes.length).ok_or(OutOfRange)?;
    let inside = end <= size_of_val(bytes.words);
    inside.then(|| bytes.words.as_ptr() as u64 + bytes.offset as u64).ok_or(OutOfRange)
}

/// Copies bytes by the processor's string instructions, which the compiler can neither repeat nor
/// leave out: whole words first, then what is left.
///
/// # Safety
/// Both ranges must be mapped, the second one writable and no other Rust object's.
unsafe fn copy(from: u64, to: u64, length: usize) {
    const WORD: usize = 8;
    // SAFETY: passed on to the caller.
    unsafe {
        core::arch::asm!("rep movsq", "mov ecx, {rest:e}", "rep movsb", rest = in(reg) length % WORD,
            inout("rcx") length / WORD => _, inout("rdi") to => _, inout("rsi") from => _,
            options(nostack, preserves_flags));
    }
}
