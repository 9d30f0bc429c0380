//! What a block device reads and writes.

/// Bytes of a sector.
pub const SECTOR: u64 = 512;

/// Why a disk does not do it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DiskError {
    /// The range is not on the disk.
    Range,
    /// It cannot be written.
    ReadOnly,
    /// There is no room for what changed.
    Full,
    /// The medium failed.
    Medium,
}

/// Bytes that lie together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run<'a> {
    /// These.
    Bytes(&'a [u8]),
    /// So many zeros.
    Zeros(u64),
}

/// A disk in memory that the monitor maps. What is asked for is given in runs, which are copied between
/// disk and guest directly.
pub trait Disk {
    /// Bytes of it, a multiple of [`SECTOR`].
    fn size(&self) -> u64;

    /// Whether writing is of no use.
    fn is_read_only(&self) -> bool;

    /// The bytes from `offset` on: at least one, at most `length`, which is not 0.
    ///
    /// # Errors
    /// They cannot be read.
    fn read(&self, offset: u64, length: u64) -> Result<Run<'_>, DiskError>;

    /// Where the bytes from `offset` on are to be written: room for at least one, at most `length`,
    /// which is not 0. All of it will be overwritten.
    ///
    /// # Errors
    /// They cannot be written.
    fn write(&mut self, offset: u64, length: u64) -> Result<&mut [u8], DiskError>;

    /// Makes what was written last.
    ///
    /// # Errors
    /// It did not.
    fn flush(&mut self) -> Result<(), DiskError>;
}
