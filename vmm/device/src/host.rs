//! Guest memory and interrupts on the host, for tests of device models.

use std::cell::RefCell;
use std::ops::Range;
use std::vec;
use std::vec::Vec;

use crate::{GuestMemory, Interrupts, OutOfRange};

/// Guest memory from address 0 on.
#[derive(Debug)]
pub struct HostMemory(RefCell<Vec<u8>>);

impl HostMemory {
    /// So many bytes of zeros.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self(RefCell::new(vec![0; size]))
    }

    fn range(&self, address: u64, length: usize) -> Result<Range<usize>, OutOfRange> {
        let start = usize::try_from(address).map_err(|_| OutOfRange)?;
        let end = start.checked_add(length).ok_or(OutOfRange)?;
        if end <= self.0.borrow().len() { Ok(start..end) } else { Err(OutOfRange) }
    }

    fn aligned(address: u64) -> Result<(), OutOfRange> {
        if address.is_multiple_of(2) { Ok(()) } else { Err(OutOfRange) }
    }
}

impl GuestMemory for HostMemory {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), OutOfRange> {
        let range = self.range(address, into.len())?;
        into.copy_from_slice(&self.0.borrow()[range]);
        Ok(())
    }

    fn write(&self, address: u64, from: &[u8]) -> Result<(), OutOfRange> {
        let range = self.range(address, from.len())?;
        self.0.borrow_mut()[range].copy_from_slice(from);
        Ok(())
    }

    fn read_u16(&self, address: u64) -> Result<u16, OutOfRange> {
        Self::aligned(address)?;
        let mut bytes = [0; 2];
        self.read(address, &mut bytes)?;
        Ok(u16::from_le_bytes(bytes))
    }

    fn write_u16(&self, address: u64, value: u16) -> Result<(), OutOfRange> {
        Self::aligned(address)?;
        self.write(address, &value.to_le_bytes())
    }
}

/// What a device raised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Raised {
    /// [`Interrupts::line`].
    Line(u8, bool),
    /// [`Interrupts::message`].
    Message(u64, u32),
}

/// Keeps what devices raise.
#[derive(Debug, Default)]
pub struct Recorder(pub Vec<Raised>);

impl Interrupts for Recorder {
    fn line(&mut self, global_system_interrupt: u8, level: bool) {
        self.0.push(Raised::Line(global_system_interrupt, level));
    }

    fn message(&mut self, address: u64, data: u32) {
        self.0.push(Raised::Message(address, data));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_is_all_or_nothing() {
        let memory = HostMemory::new(16);
        assert_eq!(memory.write(14, &[1; 4]), Err(OutOfRange));
        assert_eq!(memory.write(u64::MAX, &[1; 4]), Err(OutOfRange));
        assert_eq!(memory.write_u64(8, 7), Ok(()));
        assert_eq!((memory.read_u64(8), memory.read_u16(8)), (Ok(7), Ok(7)));
        assert_eq!(memory.read_u16(9), Err(OutOfRange));
        assert_eq!((memory.zero(0, 16), memory.read_u64(8)), (Ok(()), Ok(0)));
        assert_eq!(memory.zero(1, u64::MAX), Err(OutOfRange));
    }
}
