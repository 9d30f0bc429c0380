//! Why a guest was not loaded.

use core::fmt;

/// Why a guest was not loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// The kernel is of no kind that can be loaded.
    NoProtocol,
    /// The kernel's file ends before what its header promises.
    Truncated,
    /// The kernel's header contradicts itself: what it is about.
    Header(&'static str),
    /// The kernel's boot protocol is older than 2.12: high and low byte.
    OldProtocol(u8, u8),
    /// The kernel has no 64-bit entry.
    No64BitEntry,
    /// The ELF file is damaged, or not for this processor: what is wrong.
    Elf(&'static str),
    /// The kernel demands something of its loader that is not offered: the bits.
    Unoffered(u32),
    /// A part of the kernel would lie here, outside memory from 1 MiB on.
    Outside {
        /// First byte.
        start: u64,
        /// Byte behind the last one.
        end: u64,
    },
    /// The kernel needs so many bytes of memory, and there are not as many below 4 GiB.
    TooLittleMemory {
        /// Bytes from address 0 on.
        needed: u64,
        /// Bytes that are there.
        there: u64,
    },
    /// The initial RAM disk, of so many bytes, does not fit behind the kernel.
    NoRoomForInitrd(u64),
    /// The command line has so many bytes; the kernel takes fewer.
    CommandLineTooLong {
        /// Bytes.
        length: usize,
        /// The most that it takes.
        limit: usize,
    },
    /// The command line has a zero in it, where the kernel would end it.
    CommandLineHasZero,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoProtocol => formatter.write_str(
                "the kernel is neither a Linux bzImage, nor an ELF file with a PVH note, nor a \
                 Multiboot kernel",
            ),
            Self::Truncated => formatter.write_str(
                "the kernel's file ends before what its header promises: it is incomplete",
            ),
            Self::Header(what) => {
                write!(formatter, "the kernel's header contradicts itself: {what}")
            }
            Self::OldProtocol(major, minor) => write!(
                formatter,
                "the kernel's boot protocol is {major}.{minor:02}, 2.12 or newer is needed \
                 (Linux 3.8)",
            ),
            Self::No64BitEntry => formatter.write_str("the kernel has no 64-bit entry"),
            Self::Elf(what) => write!(formatter, "the kernel's ELF file {what}"),
            Self::Unoffered(bits) => write!(
                formatter,
                "the kernel demands something of its loader that is not offered (Multiboot flags \
                 {bits:#x})",
            ),
            Self::Outside { start, end } => write!(
                formatter,
                "a part of the kernel belongs at {start:#x} to {end:#x}, which is not memory from \
                 1 MiB on: give the world more memory, or link the kernel elsewhere",
            ),
            Self::TooLittleMemory { needed, there } => write!(
                formatter,
                "the kernel needs {needed} bytes of memory below 4 GiB and there are {there}: give \
                 the world more memory",
            ),
            Self::NoRoomForInitrd(length) => write!(
                formatter,
                "the initial RAM disk of {length} bytes does not fit behind the kernel: give the \
                 world more memory",
            ),
            Self::CommandLineTooLong { length, limit } => write!(
                formatter,
                "the command line has {length} bytes, the kernel takes {limit}: shorten it",
            ),
            Self::CommandLineHasZero => {
                formatter.write_str("the command line has a zero byte in it: remove it")
            }
        }
    }
}
