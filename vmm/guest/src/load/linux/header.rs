//! The setup header of a bzImage (boot.rst, "The Real-Mode Kernel Header").

use super::super::Error;
use super::super::field::{u16_at, u32_at, u64_at};

const SETUP_SECTORS: usize = 0x1f1;
const KERNEL_PARAGRAPHS: usize = 0x1f4;
const BOOT_FLAG: usize = 0x1fe;
const JUMP_OFFSET: usize = 0x201;
const MAGIC: usize = 0x202;
const VERSION: usize = 0x206;
const LOAD_FLAGS: usize = 0x211;
const INITRD_LAST: usize = 0x22c;
const ALIGNMENT: usize = 0x230;
const RELOCATABLE: usize = 0x234;
const EXTENDED_LOAD_FLAGS: usize = 0x236;
const COMMAND_LINE_LIMIT: usize = 0x238;
const PREFERRED_ADDRESS: usize = 0x258;
const INITIAL_SIZE: usize = 0x260;

const SECTOR: usize = 512;
/// Setup sectors where the field is 0, from times before it was.
const DEFAULT_SETUP_SECTORS: usize = 4;
/// Load flags: the kernel belongs at 1 MiB or above.
const LOADED_HIGH: u8 = 1 << 0;
/// Extended load flags: there is a 64-bit entry.
const HAS_64_BIT_ENTRY: u16 = 1 << 0;
/// Version 2.12, the first with extended load flags.
const OLDEST: u16 = 0x020c;

/// First byte of the header in the file and in the zero page.
pub(super) const HEADER_START: usize = 0x1f1;
/// Byte behind the longest header that the zero page has room for.
pub(super) const HEADER_MAX: usize = 0x290;

/// What the loader needs to know of a bzImage.
pub(super) struct Header<'a> {
    /// The header's bytes, from [`HEADER_START`] on.
    pub(super) bytes: &'a [u8],
    /// The protected-mode kernel.
    pub(super) kernel: &'a [u8],
    /// Where it prefers to be.
    pub(super) preferred: u64,
    /// A power of two.
    pub(super) alignment: u64,
    pub(super) relocatable: bool,
    /// Bytes from its start on that it uses before it looks at the memory map.
    pub(super) needs: u64,
    /// The last byte that an initial RAM disk may have.
    pub(super) initrd_last: u32,
    /// Bytes of the longest command line, without its end.
    pub(super) command_line_limit: usize,
}

/// Whether a file is a bzImage.
pub(in super::super) fn is_linux(file: &[u8]) -> bool {
    u16_at(file, BOOT_FLAG) == Some(0xaa55) && file.get(MAGIC..MAGIC + 4) == Some(b"HdrS")
}

impl<'a> Header<'a> {
    /// Reads the header of a bzImage.
    pub(super) fn parse(file: &'a [u8]) -> Result<Self, Error> {
        let byte = |offset: usize| file.get(offset).copied().ok_or(Error::Truncated);
        let [minor, major] = u16_at(file, VERSION).ok_or(Error::Truncated)?.to_le_bytes();
        if u16::from_be_bytes([major, minor]) < OLDEST {
            return Err(Error::OldProtocol(major, minor));
        }
        let extended = u16_at(file, EXTENDED_LOAD_FLAGS).ok_or(Error::Truncated)?;
        if extended & HAS_64_BIT_ENTRY == 0 {
            return Err(Error::No64BitEntry);
        }
        if byte(LOAD_FLAGS)? & LOADED_HIGH == 0 {
            return Err(Error::Header("it has a 64-bit entry and belongs below 1 MiB"));
        }
        let end = MAGIC + usize::from(byte(JUMP_OFFSET)?);
        if !(INITIAL_SIZE + 4..=HEADER_MAX).contains(&end) {
            return Err(Error::Header("its length"));
        }
        let setup = match usize::from(byte(SETUP_SECTORS)?) {
            0 => DEFAULT_SETUP_SECTORS,
            sectors => sectors,
        };
        let length = paragraphs(file)?;
        let kernel = file.get((setup + 1) * SECTOR..).ok_or(Error::Truncated)?;
        // The file may go on: signatures are appended. The last paragraph may be incomplete.
        if kernel.len() + 15 < length || length == 0 {
            return Err(Error::Truncated);
        }
        let kernel = kernel.get(..length).unwrap_or(kernel);
        let needs = u64::from(u32_at(file, INITIAL_SIZE).ok_or(Error::Truncated)?);
        if needs < kernel.len() as u64 {
            return Err(Error::Header("it needs less memory than its own size"));
        }
        let alignment = u64::from(u32_at(file, ALIGNMENT).ok_or(Error::Truncated)?);
        if !alignment.is_power_of_two() {
            return Err(Error::Header("its alignment is not a power of two"));
        }
        Ok(Self {
            bytes: file.get(HEADER_START..end).ok_or(Error::Truncated)?,
            kernel,
            preferred: u64_at(file, PREFERRED_ADDRESS).ok_or(Error::Truncated)?,
            alignment,
            relocatable: byte(RELOCATABLE)? != 0,
            needs,
            initrd_last: u32_at(file, INITRD_LAST).ok_or(Error::Truncated)?,
            command_line_limit: u32_at(file, COMMAND_LINE_LIMIT).ok_or(Error::Truncated)? as usize,
        })
    }
}

/// Bytes of the protected-mode kernel, in whole paragraphs.
fn paragraphs(file: &[u8]) -> Result<usize, Error> {
    let paragraphs = u32_at(file, KERNEL_PARAGRAPHS).ok_or(Error::Truncated)?;
    (paragraphs as usize).checked_mul(16).ok_or(Error::Truncated)
}
