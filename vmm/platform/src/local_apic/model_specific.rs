//! The model-specific registers: x2APIC mode, the base register and the TSC deadline.

use super::base::Mode;
use super::{Effect, GeneralProtection, LocalApic, register, timer};

/// Where the APIC is, and its mode.
pub const APIC_BASE: u32 = 0x1b;
/// The TSC value at which the timer fires.
pub const TSC_DEADLINE: u32 = 0x6e0;
/// The first register of x2APIC mode.
pub const X2APIC: u32 = 0x800;
/// The end of an interrupt, in x2APIC mode.
const END_OF_INTERRUPT: u32 = X2APIC + register::END_OF_INTERRUPT as u32;
/// The last number that is reserved for them.
pub const LAST_X2APIC: u32 = 0x8ff;

impl LocalApic {
    /// Reads one of these registers.
    ///
    /// # Errors
    /// It is none of them, cannot be read, or is not there in this mode.
    pub fn read_msr(&mut self, msr: u32, now: u64) -> Result<u64, GeneralProtection> {
        match msr {
            APIC_BASE => Ok(self.base.read()),
            TSC_DEADLINE => {
                self.advance(now);
                let counts = self.timer_mode == timer::Mode::Deadline;
                Ok(self.timer.due().filter(|_| counts).unwrap_or(0))
            }
            _ => self.read_x2apic(msr, now),
        }
    }

    /// Writes one of these registers.
    ///
    /// # Errors
    /// It is none of them, cannot be written, is not there in this mode, or takes no such value.
    #[inline]
    pub fn write_msr(
        &mut self,
        msr: u32,
        value: u64,
        now: u64,
    ) -> Result<Effect, GeneralProtection> {
        match msr {
            // The most frequent of all, in the shortest way.
            END_OF_INTERRUPT if value == 0 && self.base.mode == Mode::X2Apic => {
                Ok(self.end_of_interrupt().map_or(Effect::None, Effect::EndOfInterrupt))
            }
            TSC_DEADLINE => {
                self.set_tsc_deadline(value, now);
                Ok(Effect::None)
            }
            APIC_BASE => {
                self.set_base(value)?;
                Ok(Effect::None)
            }
            _ => self.write_x2apic(msr, value, now),
        }
    }

    /// Writes [`TSC_DEADLINE`]: the timer fires at that tick (at once if it has passed), 0 disarms it. In
    /// other modes of the timer nothing happens.
    #[inline]
    pub fn set_tsc_deadline(&mut self, deadline: u64, now: u64) {
        if self.timer_mode == timer::Mode::Deadline {
            self.timer.set_deadline(deadline);
            self.advance(now);
        }
    }

    /// The register of an MSR in x2APIC mode.
    fn x2apic_register(&self, msr: u32) -> Result<u8, GeneralProtection> {
        match (self.base.mode, msr.checked_sub(X2APIC)) {
            (Mode::X2Apic, Some(number @ 0..0x40)) => Ok(number as u8),
            _ => Err(GeneralProtection),
        }
    }

    fn read_x2apic(&mut self, msr: u32, now: u64) -> Result<u64, GeneralProtection> {
        match self.x2apic_register(msr)? {
            register::IDENTITY => Ok(self.identity.into()),
            register::COMMAND => Ok(self.command),
            number @ (register::VERSION
            | register::TASK_PRIORITY
            | register::PROCESSOR_PRIORITY
            | register::LOGICAL_DESTINATION
            | register::SPURIOUS_VECTOR..=register::ERROR_STATUS
            | register::LOCAL_VECTORS..=register::CURRENT_COUNT
            | register::DIVIDE) => Ok(self.read_register(number, now).into()),
            _ => Err(GeneralProtection),
        }
    }

    #[inline]
    fn write_x2apic(
        &mut self,
        msr: u32,
        value: u64,
        now: u64,
    ) -> Result<Effect, GeneralProtection> {
        let number = self.x2apic_register(msr)?;
        match register::writable(number) {
            Some(bits) if value & !bits == 0 => {}
            _ => return Err(GeneralProtection),
        }
        Ok(match number {
            register::COMMAND => self.send(value),
            register::SELF_INTERRUPT => {
                self.raise(value as u8, false);
                Effect::None
            }
            _ => self.write_register(number, value as u32, now),
        })
    }

    fn set_base(&mut self, value: u64) -> Result<(), GeneralProtection> {
        let mode = self.base.requested(value)?;
        if mode == self.base.mode {
            return Ok(());
        }
        self.base.mode = mode;
        if mode == Mode::X2Apic {
            // What was sent last stays, but its destination has another form.
            self.command &= u64::from(u32::MAX);
            self.set_x2apic_logical();
        } else {
            self.initialize();
        }
        Ok(())
    }
}
