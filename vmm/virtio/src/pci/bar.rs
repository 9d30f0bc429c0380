//! Base address registers (PCI Local Bus Specification 3.0, section 6.2.5.1).

/// Bit 2 of a register: it is the lower half of a 64-bit address.
const WIDE: u32 = 1 << 2;
/// Bit 3 of a register: reading it has no effect, writes may be merged.
const PREFETCHABLE: u32 = 1 << 3;

/// A base address register for memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bar {
    size: u64,
    wide: bool,
    prefetchable: bool,
    /// The only address it can have, if the guest cannot move it.
    fixed: Option<u64>,
    /// What the register holds: an address, or all ones where the guest is sizing.
    held: u64,
}

impl Bar {
    /// Registers below 4 GiB, of so many bytes: a power of two of at least 16 (others are made so).
    #[must_use]
    pub fn registers(size: u64) -> Self {
        Self::new(size, false, false, None)
    }

    /// Memory at any address, chosen on insertion and movable by the guest.
    #[must_use]
    pub fn memory(size: u64) -> Self {
        Self::new(size, true, true, None)
    }

    /// Memory that stays where it is, because the nested page tables map it there: the guest finds its
    /// size as usual, but whatever else it writes leaves the address.
    #[must_use]
    pub fn fixed_memory(address: u64, size: u64) -> Self {
        Self::new(size, true, true, Some(address))
    }

    /// The same for a function of the machine's, whose register at `index` says in its lowest bits what it is like.
    #[must_use]
    pub fn fixed_like(register: u32, index: usize, address: u64, size: u64) -> Self {
        /// Bits 1 and 2 of a register for memory: how wide it is.
        const WIDTH: u32 = 0b110;
        // The last one has no upper half.
        let wide = register & WIDTH == WIDE && index < 5;
        Self::new(size, wide, register & PREFETCHABLE != 0, Some(address))
    }

    fn new(size: u64, wide: bool, prefetchable: bool, fixed: Option<u64>) -> Self {
        let largest = if wide { 1 << 62 } else { 1 << 31 };
        let size = size.clamp(16, largest).next_power_of_two();
        let fixed = fixed.map(|address| address & !(size - 1));
        Self { size, wide, prefetchable, fixed, held: fixed.unwrap_or(0) }
    }

    /// Its length in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Whether it takes two registers.
    #[must_use]
    pub const fn is_wide(&self) -> bool {
        self.wide
    }

    /// Whether the guest can move it.
    #[must_use]
    pub const fn is_movable(&self) -> bool {
        self.fixed.is_none()
    }

    /// Where it is, as far as the register says.
    #[must_use]
    pub const fn address(&self) -> u64 {
        self.held
    }

    /// Puts it somewhere.
    pub(crate) fn place(&mut self, address: u64) {
        self.held = address & self.mask();
    }

    const fn mask(&self) -> u64 {
        let width = if self.wide { u64::MAX } else { u32::MAX as u64 };
        width & !(self.size - 1)
    }

    /// The lower or the upper register.
    pub(crate) fn read(&self, upper: bool) -> u32 {
        if upper {
            return (self.held >> 32) as u32;
        }
        let wide = if self.wide { WIDE } else { 0 };
        let prefetchable = if self.prefetchable { PREFETCHABLE } else { 0 };
        self.held as u32 | wide | prefetchable
    }

    /// Writes the lower or the upper register.
    pub(crate) fn write(&mut self, upper: bool, value: u32) {
        let value = match self.fixed {
            Some(address) if value != u32::MAX => (address >> if upper { 32 } else { 0 }) as u32,
            _ => value,
        };
        let held = if upper {
            self.held & u64::from(u32::MAX) | u64::from(value) << 32
        } else {
            self.held & !u64::from(u32::MAX) | u64::from(value)
        };
        self.held = held & self.mask();
    }

    /// How far into it an address is.
    pub(crate) fn offset(&self, address: u64) -> Option<u64> {
        let offset = address.wrapping_sub(self.held);
        (offset < self.size).then_some(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_finds_the_size_and_moves_it() {
        let mut bar = Bar::registers(0x4000);
        bar.write(false, u32::MAX);
        assert_eq!(bar.read(false), 0xffff_c000);
        bar.write(false, 0xe123_4567);
        assert_eq!((bar.read(false), bar.address()), (0xe123_4000, 0xe123_4000));
        bar.write(true, 5);
        assert_eq!(bar.address(), 0xe123_4000, "a 32-bit register has no upper half");
    }

    #[test]
    fn a_wide_one_has_two_halves() {
        let mut bar = Bar::memory(1 << 33);
        bar.write(false, u32::MAX);
        bar.write(true, u32::MAX);
        assert_eq!((bar.read(false), bar.read(true)), (0xc, 0xffff_fffe));
        bar.write(true, 6);
        bar.write(false, 0);
        assert_eq!(bar.address(), 6 << 32);
        assert_eq!((bar.offset(6 << 32), bar.offset(8 << 32)), (Some(0), None));
    }

    #[test]
    fn a_fixed_one_shows_its_size_and_stays() {
        let mut bar = Bar::fixed_memory(0x1_2340_0000, 0x10_0000);
        bar.write(false, u32::MAX);
        bar.write(true, u32::MAX);
        assert_eq!((bar.read(false), bar.read(true)), (0xfff0_000c, u32::MAX));
        bar.write(false, 0);
        bar.write(true, 0);
        assert_eq!(bar.address(), 0x1_2340_0000);
    }

    #[test]
    fn sizes_are_made_powers_of_two() {
        assert_eq!(
            [0, 16, 17, 0x1001].map(|size| Bar::registers(size).size()),
            [16, 16, 32, 0x2000]
        );
        assert_eq!(Bar::registers(u64::MAX).size(), 1 << 31);
        assert_eq!(Bar::memory(u64::MAX).size(), 1 << 62);
    }
}
