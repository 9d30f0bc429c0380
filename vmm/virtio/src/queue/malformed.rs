//! How a queue can break the rules.

use core::fmt;

use cloister_device::OutOfRange;

/// What the driver did wrong with a queue. Its device stops and asks for a reset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Malformed {
    /// The size is no power of two, or larger than the device allows.
    Size,
    /// An area of the queue is not aligned, or wraps around the end of the address space.
    Area,
    /// The index of the available ring is further ahead than the queue is long.
    Index,
    /// A descriptor's number is not in its table.
    Descriptor,
    /// A chain has more descriptors than the device takes, or it is a loop.
    Chain,
    /// An indirect table is inside another, has no whole descriptors, goes on with a next one, or was
    /// not negotiated.
    Indirect,
    /// A buffer for the device to read comes after one for it to write.
    Order,
    /// The lengths of a chain do not fit in 32 bits.
    Length,
    /// The queue or a buffer is not in the guest's memory.
    Address,
    /// A buffer is too small for what the device has to put there.
    Room,
}

impl From<OutOfRange> for Malformed {
    fn from(OutOfRange: OutOfRange) -> Self {
        Self::Address
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Size => "the size of the queue is not allowed",
            Self::Area => "an area of the queue is not aligned",
            Self::Index => "the available index is beyond the queue",
            Self::Descriptor => "a descriptor is not in its table",
            Self::Chain => "a chain of descriptors is too long or a loop",
            Self::Indirect => "an indirect table is not allowed there or has no whole descriptors",
            Self::Order => "a buffer to read comes after one to write",
            Self::Length => "the buffers of a chain are too long",
            Self::Address => "a queue or buffer is not in memory",
            Self::Room => "a buffer is too small",
        })
    }
}
