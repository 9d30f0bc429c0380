//! The guest's memory.

use cloister_ring::Piece;

/// An address that is not in the guest's memory, or a length that runs out of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutOfRange;

/// Bytes that a copy without string instructions takes at a time.
const STEP: usize = 64;

/// Guest-physical memory. The guest's processors may write it at any time: whatever matters is read
/// once and then used from where it was read to. Nothing here can give out a reference into it.
pub trait GuestMemory {
    /// Copies guest memory from `address` on. All or nothing.
    ///
    /// # Errors
    /// A part of it is not guest memory.
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), OutOfRange>;

    /// Copies into guest memory from `address` on. All or nothing.
    ///
    /// # Errors
    /// A part of it is not guest memory.
    fn write(&self, address: u64, from: &[u8]) -> Result<(), OutOfRange>;

    /// Copies guest memory from `address` on to bytes that other subjects see, too; for whoever writes
    /// them.
    ///
    /// # Errors
    /// A part of it is not guest memory. Some bytes may have been copied.
    fn read_shared(&self, address: u64, into: Piece<'_>) -> Result<(), OutOfRange> {
        let mut bytes = [0; STEP];
        for start in (0..into.length).step_by(STEP) {
            let part = into.part(start, STEP);
            let bytes = bytes.get_mut(..part.length).unwrap_or_default();
            self.read(address.checked_add(start as u64).ok_or(OutOfRange)?, bytes)?;
            part.store(bytes);
        }
        Ok(())
    }

    /// Copies bytes that another subject may write at any time into guest memory from `address` on.
    ///
    /// # Errors
    /// A part of it is not guest memory. Some bytes may have been copied.
    fn write_shared(&self, address: u64, from: Piece<'_>) -> Result<(), OutOfRange> {
        let mut bytes = [0; STEP];
        for start in (0..from.length).step_by(STEP) {
            let part = from.part(start, STEP);
            let bytes = bytes.get_mut(..part.length).unwrap_or_default();
            part.load(bytes);
            self.write(address.checked_add(start as u64).ok_or(OutOfRange)?, bytes)?;
        }
        Ok(())
    }

    /// Reads 16 bits in one access, with acquire order; `address` is a multiple of 2.
    ///
    /// # Errors
    /// It is not guest memory, or not aligned.
    fn read_u16(&self, address: u64) -> Result<u16, OutOfRange>;

    /// Writes 16 bits in one access, with release order; `address` is a multiple of 2.
    ///
    /// # Errors
    /// It is not guest memory, or not aligned.
    fn write_u16(&self, address: u64, value: u16) -> Result<(), OutOfRange>;

    /// Writes `new` to the aligned 32 bits at `address` if `current` is there, and says whether it was.
    ///
    /// For the bits that a processor sets in the guest's page tables. Where the guest's processors run
    /// at the same time, the implementation makes this one atomic access; what stands here is enough
    /// where they do not.
    ///
    /// # Errors
    /// It is not guest memory.
    fn compare_exchange_u32(
        &self,
        address: u64,
        current: u32,
        new: u32,
    ) -> Result<bool, OutOfRange> {
        let same = self.read_u32(address)? == current;
        if same {
            self.write(address, &new.to_le_bytes())?;
        }
        Ok(same)
    }

    /// Orders everything before it ahead of everything after it, for all processors: what virtio needs
    /// between publishing an index and reading the other side's (virtio 1.2, section 2.7.13.3.1).
    fn fence(&self) {
        core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
    }

    /// Fills guest memory with zeros.
    ///
    /// # Errors
    /// A part of it is not guest memory.
    fn zero(&self, address: u64, length: u64) -> Result<(), OutOfRange> {
        const ZEROS: [u8; 256] = [0; 256];
        let end = address.checked_add(length).ok_or(OutOfRange)?;
        let mut at = address;
        while at < end {
            let step = (end - at).min(ZEROS.len() as u64);
            self.write(at, ZEROS.get(..step as usize).unwrap_or(&ZEROS))?;
            at += step;
        }
        Ok(())
    }

    /// Reads 32 bits, little-endian.
    ///
    /// # Errors
    /// A part of it is not guest memory.
    fn read_u32(&self, address: u64) -> Result<u32, OutOfRange> {
        let mut bytes = [0; 4];
        self.read(address, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Reads 64 bits, little-endian.
    ///
    /// # Errors
    /// A part of it is not guest memory.
    fn read_u64(&self, address: u64) -> Result<u64, OutOfRange> {
        let mut bytes = [0; 8];
        self.read(address, &mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// Writes 64 bits, little-endian.
    ///
    /// # Errors
    /// A part of it is not guest memory.
    fn write_u64(&self, address: u64, value: u64) -> Result<(), OutOfRange> {
        self.write(address, &value.to_le_bytes())
    }
}
