//! The local vector table: the interrupts of the APIC itself and of its two pins.

use super::register::{LAST_LOCAL_VECTOR, LOCAL_VECTORS};
use super::timer::Mode;
use crate::message::Delivery;

/// Which entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    Timer = 0,
    /// The pin on which the 8259 interrupts the first processor.
    Pin0 = 3,
    Error = 5,
}

/// Interrupts of this entry are not delivered.
const MASKED: u32 = 1 << 16;
/// Sent and pending are read-only.
const READ_ONLY: u32 = 1 << 12 | 1 << 14;
/// What a write may name in any entry, the read-only bits among them.
pub(super) const TABLE_WRITABLE: u32 = 0x0007_f7ff;

/// The six entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalVectors([u32; (LAST_LOCAL_VECTOR - LOCAL_VECTORS + 1) as usize]);

impl LocalVectors {
    /// What can be written: timer, temperature, performance counters, two pins, error.
    const WRITABLE: [u32; 6] =
        [0x0007_00ff, 0x0001_07ff, 0x0001_07ff, 0x0001_a7ff, 0x0001_a7ff, 0x0001_00ff];

    pub(super) const fn new() -> Self {
        Self([MASKED; 6])
    }

    pub(super) fn read(&self, entry: u8) -> u32 {
        self.0.get(usize::from(entry)).copied().unwrap_or(0)
    }

    /// Writes an entry. While the APIC is off, all stay masked.
    pub(super) fn write(&mut self, entry: u8, value: u32, enabled: bool) {
        let number = usize::from(entry);
        if let (Some(place), Some(writable)) = (self.0.get_mut(number), Self::WRITABLE.get(number))
        {
            *place = value & writable & !READ_ONLY | if enabled { 0 } else { MASKED };
        }
    }

    pub(super) fn mask_all(&mut self) {
        for entry in &mut self.0 {
            *entry |= MASKED;
        }
    }

    /// The vector of an entry that is not masked.
    #[inline]
    pub(super) fn vector(&self, source: Source) -> Option<u8> {
        let value = self.0[source as usize];
        (value & MASKED == 0).then_some(value as u8)
    }

    /// The first pin takes the 8259's interrupts.
    pub(super) fn takes_external(&self) -> bool {
        let value = self.0[Source::Pin0 as usize];
        value & MASKED == 0 && Delivery::from_bits(value >> 8) == Some(Delivery::External)
    }

    /// Makes the first pin take the 8259's interrupts.
    pub(super) fn take_external(&mut self) {
        self.0[Source::Pin0 as usize] = 0x700;
    }

    #[inline]
    pub(super) fn timer_mode(&self) -> Mode {
        match self.0[Source::Timer as usize] >> 17 & 3 {
            0 => Mode::OneShot,
            1 => Mode::Periodic,
            2 => Mode::Deadline,
            _ => Mode::Stopped,
        }
    }
}
