//! A place in the buffers of a chain.

use cloister_device::{GuestMemory, SharedBytes};

use super::{Malformed, Segment};

/// Walks over buffers; each byte is passed once.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    segments: &'a [Segment],
    /// Bytes of the first segment that are passed.
    passed: u32,
    /// Bytes to come.
    remaining: u32,
}

impl<'a> Cursor<'a> {
    /// At the beginning of the segments, `length` bytes before their end.
    pub(super) const fn new(segments: &'a [Segment], length: u32) -> Self {
        Self { segments, passed: 0, remaining: length }
    }

    /// Bytes to come.
    #[must_use]
    pub const fn remaining(&self) -> u32 {
        self.remaining
    }

    /// Leaves out what comes after so many bytes.
    pub fn limit(&mut self, length: u32) {
        self.remaining = self.remaining.min(length);
    }

    /// Takes the next bytes that lie together, at most `limit` of them; `None` at the end.
    pub fn take(&mut self, limit: u32) -> Option<Segment> {
        let limit = limit.min(self.remaining);
        while let Some((first, rest)) = self.segments.split_first() {
            let length = first.length.wrapping_sub(self.passed).min(limit);
            if length == 0 && limit > 0 {
                self.segments = rest;
                self.passed = 0;
                continue;
            }
            if length == 0 {
                return None;
            }
            let address = first.address.wrapping_add(self.passed.into());
            self.passed += length;
            self.remaining -= length;
            return Some(Segment { address, length });
        }
        None
    }

    /// Passes over so many bytes.
    pub fn skip(&mut self, mut length: u32) {
        while length > 0
            && let Some(segment) = self.take(length)
        {
            length -= segment.length;
        }
    }

    /// Copies the next bytes out of the guest's memory, and returns how many there were.
    ///
    /// # Errors
    /// A buffer is not in memory.
    pub fn read<M: GuestMemory + ?Sized>(
        &mut self,
        memory: &M,
        into: &mut [u8],
    ) -> Result<usize, Malformed> {
        let mut done = 0;
        while let Some(part) = into.get_mut(done..)
            && let Some(segment) = self.take(part.len().try_into().unwrap_or(u32::MAX))
        {
            let Some(part) = part.get_mut(..segment.length as usize) else { break };
            memory.read(segment.address, part)?;
            done += part.len();
        }
        Ok(done)
    }

    /// Copies bytes into the guest's memory, and returns how many found room.
    ///
    /// # Errors
    /// A buffer is not in memory.
    pub fn write<M: GuestMemory + ?Sized>(
        &mut self,
        memory: &M,
        from: &[u8],
    ) -> Result<usize, Malformed> {
        let mut done = 0;
        while let Some(part) = from.get(done..)
            && let Some(segment) = self.take(part.len().try_into().unwrap_or(u32::MAX))
        {
            let Some(part) = part.get(..segment.length as usize) else { break };
            memory.write(segment.address, part)?;
            done += part.len();
        }
        Ok(done)
    }

    /// Copies the next bytes out of the guest's memory to where other subjects see them, and returns how many
    /// there were.
    ///
    /// # Errors
    /// A buffer is not in memory.
    pub fn read_shared<M: GuestMemory + ?Sized>(
        &mut self,
        memory: &M,
        into: SharedBytes<'_>,
    ) -> Result<usize, Malformed> {
        self.each(into.length, |address, start, length| {
            Ok(memory.read_shared(address, into.part(start, length))?)
        })
    }

    /// Copies bytes that another subject may write into the guest's memory, and returns how many found room.
    ///
    /// # Errors
    /// A buffer is not in memory.
    pub fn write_shared<M: GuestMemory + ?Sized>(
        &mut self,
        memory: &M,
        from: SharedBytes<'_>,
    ) -> Result<usize, Malformed> {
        self.each(from.length, |address, start, length| {
            Ok(memory.write_shared(address, from.part(start, length))?)
        })
    }

    /// Calls `copy` with address, number of bytes before, and length of each of the next `total` bytes' parts.
    fn each(
        &mut self,
        total: usize,
        copy: impl Fn(u64, usize, usize) -> Result<(), Malformed>,
    ) -> Result<usize, Malformed> {
        let mut done = 0;
        while let Some(segment) = self.take((total - done).try_into().unwrap_or(u32::MAX)) {
            copy(segment.address, done, segment.length as usize)?;
            done += segment.length as usize;
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use cloister_device::HostMemory;

    use super::*;

    const SEGMENTS: [Segment; 4] = [
        Segment { address: 0, length: 0 },
        Segment { address: 4, length: 3 },
        Segment { address: 100, length: 0 },
        Segment { address: 8, length: 2 },
    ];

    #[test]
    fn bytes_come_in_order_whatever_the_pieces() {
        let memory = HostMemory::new(16);
        memory.write(4, &[1, 2, 3, 9, 4, 5]).unwrap();
        let mut bytes = [0; 8];
        let mut cursor = Cursor::new(&SEGMENTS, 5);
        assert_eq!(cursor.read(&memory, &mut bytes[..2]), Ok(2));
        assert_eq!(cursor.read(&memory, &mut bytes[2..]), Ok(3));
        assert_eq!((bytes, cursor.remaining()), ([1, 2, 3, 4, 5, 0, 0, 0], 0));
        assert_eq!(cursor.take(1), None);
    }

    #[test]
    fn a_limit_hides_the_end() {
        let memory = HostMemory::new(16);
        let mut cursor = Cursor::new(&SEGMENTS, 5);
        cursor.limit(4);
        assert_eq!(cursor.write(&memory, &[7; 16]), Ok(4));
        let mut bytes = [0; 6];
        memory.read(4, &mut bytes).unwrap();
        assert_eq!(bytes, [7, 7, 7, 0, 7, 0]);
    }

    #[test]
    fn skipping_passes_over_segments() {
        let mut cursor = Cursor::new(&SEGMENTS, 5);
        cursor.skip(4);
        assert_eq!(cursor.take(9), Some(Segment { address: 9, length: 1 }));
        cursor.skip(9);
        assert_eq!(cursor.remaining(), 0);
    }

    #[test]
    fn a_buffer_outside_memory_is_an_error() {
        let memory = HostMemory::new(16);
        let segments = [Segment { address: 12, length: 8 }];
        assert_eq!(Cursor::new(&segments, 8).write(&memory, &[1; 8]), Err(Malformed::Address));
    }
}
