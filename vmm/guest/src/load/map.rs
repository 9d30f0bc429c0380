//! What lies where in guest-physical memory, as firmware tells it (ACPI 6.5, section 15).

use super::place::{LOW_END, TABLES, TABLES_END};

const FOUR_GIB: u64 = 1 << 32;

/// Regions that a map can have besides memory.
pub const MAX_REGIONS: usize = 4;

/// A range of guest-physical addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// First byte.
    pub start: u64,
    /// Bytes.
    pub size: u64,
}

/// What a region is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum RegionKind {
    /// Memory that the kernel may use.
    Usable = 1,
    /// Not for use as memory.
    Reserved = 2,
}

/// A region and its kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MapEntry {
    /// Where.
    pub region: Region,
    /// What.
    pub kind: RegionKind,
}

/// The memory map: conventional memory, the machine's tables, memory from 1 MiB on, memory from 4 GiB
/// on, and regions that the operating system must know to be reserved (PCI's configuration space).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemoryMap {
    low: u64,
    high: u64,
    reserved: [Region; MAX_REGIONS],
}

const NO_REGION: Region = Region { start: 0, size: 0 };

impl MemoryMap {
    /// A map of so many bytes of memory from address 0 on, and from 4 GiB on.
    #[must_use]
    pub const fn new(low: u64, high: u64) -> Self {
        Self { low, high, reserved: [NO_REGION; MAX_REGIONS] }
    }

    /// The same with one more reserved region; those beyond [`MAX_REGIONS`] are left out.
    #[must_use]
    pub fn with_reserved(mut self, region: Region) -> Self {
        if let Some(free) = self.reserved.iter_mut().find(|region| region.size == 0) {
            *free = region;
        }
        self
    }

    /// Bytes of memory from address 0 on, holes included: the end of memory below 4 GiB.
    #[must_use]
    pub const fn low(&self) -> u64 {
        if self.low < FOUR_GIB { self.low } else { FOUR_GIB }
    }

    /// The regions, in ascending order but for the reserved ones, which come last.
    pub fn entries(&self) -> impl Iterator<Item = MapEntry> {
        let entry = |start, end: u64, kind| MapEntry {
            region: Region { start, size: end.saturating_sub(start) },
            kind,
        };
        [
            entry(0, LOW_END.min(self.low()), RegionKind::Usable),
            entry(LOW_END, 0xa_0000, RegionKind::Reserved),
            entry(TABLES, TABLES_END, RegionKind::Reserved),
            entry(TABLES_END, self.low(), RegionKind::Usable),
            entry(FOUR_GIB, FOUR_GIB.saturating_add(self.high), RegionKind::Usable),
        ]
        .into_iter()
        .chain(self.reserved.map(|region| MapEntry { region, kind: RegionKind::Reserved }))
        .filter(|entry| entry.region.size != 0)
    }
}
