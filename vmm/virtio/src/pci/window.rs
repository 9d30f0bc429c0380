//! Where on the guest's address map the functions' memory may lie.

/// A range of guest-physical addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// Its first address.
    pub base: u64,
    /// Its length in bytes; 0 for none.
    pub size: u64,
}

impl Window {
    /// Whether the whole range of `size` bytes at `address` lies in it.
    #[must_use]
    pub const fn holds(&self, address: u64, size: u64) -> bool {
        address >= self.base
            && size <= self.size
            && address.wrapping_sub(self.base) <= self.size - size
    }

    /// Takes an aligned range from the beginning. `size` is a power of two.
    pub(crate) fn take(&mut self, size: u64) -> Option<u64> {
        let address = self.base.checked_next_multiple_of(size)?;
        if !self.holds(address, size) {
            return None;
        }
        let next = address.checked_add(size)?;
        self.size -= next - self.base;
        self.base = next;
        Some(address)
    }
}

/// The addresses of a bus, which the guest finds in its ACPI tables (MCFG and the host bridge's
/// `_CRS`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Base of the ECAM region of [`super::ECAM_SIZE`] bytes.
    pub ecam: u64,
    /// For registers, below 4 GiB.
    pub low: Window,
    /// For large memory, anywhere.
    pub high: Window,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_aligned_and_do_not_overlap() {
        let mut window = Window { base: 0x1000, size: 0x8000 };
        assert_eq!(window.take(0x1000), Some(0x1000));
        assert_eq!(window.take(0x4000), Some(0x4000));
        assert_eq!(window.take(0x1000), Some(0x8000));
        assert_eq!(window.take(0x1000), None);
        let mut top = Window { base: u64::MAX - 0xfff, size: 0xfff };
        assert_eq!((top.take(0x1000), top.take(1 << 63)), (None, None));
    }

    #[test]
    fn a_window_holds_what_is_wholly_inside() {
        let window = Window { base: 0x1000, size: 0x2000 };
        assert!(window.holds(0x1000, 0x2000) && window.holds(0x2fff, 1));
        assert!(!window.holds(0xfff, 2) && !window.holds(0x2fff, 2) && !window.holds(0x3000, 1));
        assert!(!window.holds(u64::MAX, 2) && !window.holds(0x1000, u64::MAX));
    }
}
