//! Model-specific registers of the local APICs.

use super::Platform;
use crate::local_apic::{APIC_BASE, GeneralProtection, LAST_X2APIC, TSC_DEADLINE, X2APIC};

impl<const PROCESSORS: usize> Platform<PROCESSORS> {
    /// Whether a model-specific register belongs to the local APIC.
    #[inline]
    #[must_use]
    pub const fn claims_msr(msr: u32) -> bool {
        matches!(msr, APIC_BASE | TSC_DEADLINE | X2APIC..=LAST_X2APIC)
    }

    /// Reads a model-specific register of a processor's local APIC.
    ///
    /// # Errors
    /// The guest gets a general protection fault.
    pub fn msr_read(
        &mut self,
        processor: usize,
        msr: u32,
        now: u64,
    ) -> Result<u64, GeneralProtection> {
        let processor = self.processors.get_mut(processor).ok_or(GeneralProtection)?;
        processor.apic.read_msr(msr, now)
    }

    /// Writes a model-specific register of a processor's local APIC.
    ///
    /// # Errors
    /// The guest gets a general protection fault, and nothing has changed.
    #[inline]
    pub fn msr_write(
        &mut self,
        processor: usize,
        msr: u32,
        value: u64,
        now: u64,
    ) -> Result<(), GeneralProtection> {
        let it = self.processors.get_mut(processor).ok_or(GeneralProtection)?;
        if msr == TSC_DEADLINE {
            // The most frequent of those that cause nothing elsewhere.
            it.apic.set_tsc_deadline(value, now);
            return Ok(());
        }
        let effect = it.apic.write_msr(msr, value, now)?;
        self.carry_out(effect, processor);
        Ok(())
    }
}
