//! The TPM's register page, which the policy gives to this component alone.

use core::hint::spin_loop;

use cloister_runtime::abi::FRAME_EVENT;
use cloister_runtime::{now, wait};
use cloister_tpm::interface::Registers;

/// Bytes of the page of locality 0 (TCG PC Client Platform TPM Profile, 6.3.2).
const BYTES: usize = 0x1000;

/// Looks at a register after which the rest of the time slot is given up.
const LOOKS: u32 = 256;

/// Seconds without an answer after which none is expected (the same, 6.5.1.3).
const PATIENCE: u64 = 90;

/// The page.
#[derive(Debug)]
pub struct Page {
    address: usize,
    looks: u32,
    patience: u64,
    /// When something was last written: a TPM that works is only looked at.
    written: u64,
}

impl Page {
    /// The page that the boot program mapped at `address`; none if that is 0.
    pub fn at(address: u64, ticks_per_second: u64) -> Option<Self> {
        let address = usize::try_from(address).ok().filter(|address| *address != 0)?;
        let patience = ticks_per_second.saturating_mul(PATIENCE);
        Some(Self { address, looks: 0, patience, written: now() })
    }

    /// Where a register of `size` bytes is, if it is in the page.
    fn place(&self, offset: usize, size: usize) -> Option<usize> {
        let fits = offset.is_multiple_of(size) && offset <= BYTES - size;
        fits.then_some(self.address + offset)
    }
}

impl Registers for Page {
    fn read8(&mut self, offset: usize) -> u8 {
        match self.place(offset, 1) {
            // SAFETY: the boot program maps the page there, uncached, for this component alone; reading
            // its registers is what they are for.
            Some(place) => unsafe { (place as *const u8).read_volatile() },
            None => u8::MAX,
        }
    }

    fn read32(&mut self, offset: usize) -> u32 {
        match self.place(offset, 4) {
            // SAFETY: as above; the place is aligned.
            Some(place) => unsafe { (place as *const u32).read_volatile() },
            None => u32::MAX,
        }
    }

    fn write8(&mut self, offset: usize, value: u8) {
        self.written = now();
        if let Some(place) = self.place(offset, 1) {
            // SAFETY: as above; the TPM reaches no memory.
            unsafe { (place as *mut u8).write_volatile(value) }
        }
    }

    fn write32(&mut self, offset: usize, value: u32) {
        self.written = now();
        if let Some(place) = self.place(offset, 4) {
            // SAFETY: as above; the place is aligned.
            unsafe { (place as *mut u32).write_volatile(value) }
        }
    }

    fn pause(&mut self) -> bool {
        self.looks += 1;
        if self.looks < LOOKS {
            spin_loop();
        } else {
            self.looks = 0;
            wait(FRAME_EVENT);
        }
        now().saturating_sub(self.written) < self.patience
    }
}
