//! Tables and their headers (ACPI 6.5, section 5.2.6).

use cloister_device::GuestMemory;

use super::Error;

const LENGTH: usize = 4;
const CHECKSUM: usize = 9;

/// Most bytes of one table.
pub(super) const MAX_BYTES: usize = 4096;

/// Bytes of the RSDP.
pub(super) const ROOT_BYTES: u64 = 36;

/// Six characters that name who made the tables, and eight for the table.
const MAKER: &[u8; 6] = b"CLSTR ";
const MODEL: &[u8; 8] = b"CLOISTER";
const MAKER_REVISION: u32 = 1;

/// A table that is being made. What does not fit is left out, and told when it is written.
pub(super) struct Table<'a> {
    buffer: &'a mut [u8],
    length: usize,
    overflowed: bool,
}

impl<'a> Table<'a> {
    /// A table with a header and nothing else.
    pub(super) fn new(buffer: &'a mut [u8], signature: [u8; 4], revision: u8) -> Self {
        let mut table = Self { buffer, length: 0, overflowed: false };
        table.bytes(&signature);
        // Length and checksum come last.
        table.bytes(&[0, 0, 0, 0, revision, 0]);
        table.bytes(MAKER);
        table.bytes(MODEL);
        table.bytes(&MAKER_REVISION.to_le_bytes());
        // The tool that made it, and its revision.
        table.bytes(b"CLST");
        table.bytes(&MAKER_REVISION.to_le_bytes());
        table
    }

    /// Adds bytes at the end.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        match self.buffer.get_mut(self.length..end) {
            Some(free) => {
                free.copy_from_slice(bytes);
                self.length = end;
            }
            None => self.overflowed = true,
        }
    }

    /// Room behind what is there, which [`Table::advance`] adds to the table.
    pub(super) fn rest(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.length..).unwrap_or_default()
    }

    /// Adds so many bytes that were written to [`Table::rest`].
    pub(super) const fn advance(&mut self, length: usize) {
        self.length = self.length.saturating_add(length);
    }

    /// The whole table, with length and checksum.
    fn finish(self) -> Result<&'a [u8], Error> {
        if self.overflowed {
            return Err(Error::TooLarge);
        }
        let bytes = self.buffer.get_mut(..self.length).ok_or(Error::TooLarge)?;
        put(bytes, LENGTH, &(self.length as u32).to_le_bytes());
        put(bytes, CHECKSUM, &[0]);
        let sum = checksum(bytes);
        put(bytes, CHECKSUM, &[sum]);
        Ok(bytes)
    }
}

/// The byte that makes the sum of all bytes 0.
fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0_u8, |sum, &byte| sum.wrapping_sub(byte))
}

fn put(bytes: &mut [u8], offset: usize, value: &[u8]) {
    if let Some(field) = bytes.get_mut(offset..offset.saturating_add(value.len())) {
        field.copy_from_slice(value);
    }
}

/// Where tables go in guest memory, one after the other.
pub(super) struct Writer<'a, M> {
    memory: &'a M,
    next: u64,
    end: u64,
}

/// Tables begin at multiples of this; the RSDP has to.
const ALIGN: u64 = 16;

impl<'a, M: GuestMemory> Writer<'a, M> {
    pub(super) const fn new(memory: &'a M, start: u64, end: u64) -> Self {
        Self { memory, next: start, end }
    }

    /// Room for something that is written later.
    pub(super) fn reserve(&mut self, bytes: u64) -> Result<u64, Error> {
        self.place(bytes, ALIGN)
    }

    fn place(&mut self, bytes: u64, align: u64) -> Result<u64, Error> {
        let start = self.next.next_multiple_of(align);
        let end = start + bytes;
        if end > self.end {
            return Err(Error::TooLarge);
        }
        self.next = end;
        Ok(start)
    }

    /// Writes something that is not a table with a header.
    pub(super) fn write_bytes(&mut self, bytes: &[u8], align: u64) -> Result<u64, Error> {
        let start = self.place(bytes.len() as u64, align)?;
        self.memory.write(start, bytes).map_err(|_| Error::NoMemory)?;
        Ok(start)
    }

    /// Writes a table and gives its address.
    pub(super) fn write(&mut self, table: Table<'_>) -> Result<u64, Error> {
        self.write_bytes(table.finish()?, ALIGN)
    }

    /// Writes the RSDP, which points to the table of all tables (section 5.2.5.3).
    pub(super) fn write_root(&self, address: u64, tables: u64) -> Result<(), Error> {
        const REVISION: u8 = 2;
        /// The first checksum is over the part that ACPI 1.0 had.
        const FIRST_PART: usize = 20;
        let mut root = [0; ROOT_BYTES as usize];
        put(&mut root, 0, b"RSD PTR ");
        put(&mut root, 9, MAKER);
        put(&mut root, 15, &[REVISION]);
        put(&mut root, 20, &(ROOT_BYTES as u32).to_le_bytes());
        put(&mut root, 24, &tables.to_le_bytes());
        let first = checksum(root.get(..FIRST_PART).unwrap_or_default());
        put(&mut root, 8, &[first]);
        let all = checksum(&root);
        put(&mut root, 32, &[all]);
        self.memory.write(address, &root).map_err(|_| Error::NoMemory)
    }
}
