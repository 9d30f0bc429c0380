//! Interrupt pins: four lines of the I/O APIC, each shared by every fourth slot.

use cloister_device::Interrupts;

/// The global system interrupt of slot 0; the next three follow. An I/O APIC has 16 inputs for
/// the ISA interrupts before it.
const FIRST: u8 = 16;
/// How many lines there are.
const LINES: u8 = 4;

/// The global system interrupt that pin A of a slot's function arrives at: what the `_PRT` of the
/// guest's ACPI tables has to say. Level-triggered, active low as PCI is.
#[must_use]
pub const fn interrupt_of_slot(slot: u8) -> u8 {
    FIRST + slot % LINES
}

/// The pins of all slots.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Lines {
    /// One bit for each slot.
    asserted: u32,
}

impl Lines {
    /// Sets the pin of a slot, and the line that it shares if that changes.
    pub(crate) fn set<I: Interrupts + ?Sized>(
        &mut self,
        slot: u8,
        asserted: bool,
        interrupts: &mut I,
    ) {
        let bit = 1_u32 << (slot % 32);
        if (self.asserted & bit != 0) == asserted {
            return;
        }
        let sharing = 0x1111_1111_u32 << (slot % LINES);
        let before = self.asserted & sharing != 0;
        self.asserted ^= bit;
        let after = self.asserted & sharing != 0;
        if before != after {
            interrupts.line(interrupt_of_slot(slot), after);
        }
    }
}

#[cfg(test)]
mod tests {
    use cloister_device::{Raised, Recorder};

    use super::*;

    #[test]
    fn a_shared_line_is_up_while_anyone_asserts_it() {
        let (mut lines, mut recorder) = (Lines::default(), Recorder::default());
        for (slot, asserted) in [(1, true), (1, true), (5, true), (1, false), (2, true), (5, false)]
        {
            lines.set(slot, asserted, &mut recorder);
        }
        assert_eq!(
            recorder.0,
            [Raised::Line(17, true), Raised::Line(18, true), Raised::Line(17, false)]
        );
    }
}
