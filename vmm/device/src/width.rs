//! How wide an access is.

/// The width of an access to a port or to memory-mapped registers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Width {
    /// 8 bits.
    One = 1,
    /// 16 bits.
    Two = 2,
    /// 32 bits.
    Four = 4,
    /// 64 bits, for memory only.
    Eight = 8,
}

impl Width {
    /// All widths, ascending.
    pub const ALL: [Self; 4] = [Self::One, Self::Two, Self::Four, Self::Eight];

    /// The width of so many bytes, if there is one.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Option<Self> {
        match bytes {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            4 => Some(Self::Four),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    /// How many bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self as u64
    }

    /// The bits of a value that an access of this width carries.
    #[must_use]
    pub const fn mask(self) -> u64 {
        u64::MAX >> (64 - 8 * self as u32)
    }

    /// What an access reads where nothing answers: all ones, as on an open bus.
    #[must_use]
    pub const fn open_bus(self) -> u64 {
        self.mask()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_has_the_bits_of_the_width() {
        assert_eq!(Width::ALL.map(Width::mask), [0xff, 0xffff, 0xffff_ffff, u64::MAX]);
        assert!(Width::ALL.iter().all(|&width| Width::from_bytes(width.bytes()) == Some(width)));
        assert_eq!(Width::from_bytes(3), None);
    }
}
