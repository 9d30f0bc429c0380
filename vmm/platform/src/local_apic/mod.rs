//! The local APIC of one virtual processor (Intel SDM volume 3, chapter 11; AMD APM volume 2, chapter
//! 16), by registers in memory (xAPIC) and by MSRs (x2APIC).
//!
//! What leaves it (messages, the end of a level-triggered interrupt) is returned as an [`Effect`].

mod base;
mod command;
mod local_vector;
mod memory;
mod model_specific;
mod register;
#[cfg(test)]
mod tests;
mod timer;
mod vectors;

use crate::message::{Delivery, Destination, Message};
use base::{Base, Mode};
use command::Command;
use local_vector::{LocalVectors, Source};
use register::{error, spurious};
use timer::Timer;
use vectors::Vectors;

pub use base::ADDRESS;
pub use model_specific::{APIC_BASE, LAST_X2APIC, TSC_DEADLINE, X2APIC};

/// Bytes of the registers in memory.
pub const SIZE: u64 = 0x1000;

/// The access is a general protection fault (#GP) for the guest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GeneralProtection;

/// What a write to a register causes elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing.
    None,
    /// A level-triggered interrupt with this vector has ended: the I/O APIC has to know.
    EndOfInterrupt(u8),
    /// A message for other local APICs, or for several with this one.
    Send(Message),
}

/// A local APIC.
#[derive(Debug)]
pub struct LocalApic {
    requested: Vectors,
    in_service: Vectors,
    level_triggered: Vectors,
    task_priority: u8,
    /// The class, in the upper four bits, above which an interrupt has to be.
    processor_priority: u8,
    timer: Timer,
    timer_mode: timer::Mode,
    local_vectors: LocalVectors,
    base: Base,
    identity: u8,
    spurious: u32,
    logical: u32,
    format: u32,
    command: u64,
    errors: u32,
    shown_errors: u32,
}

impl LocalApic {
    /// A local APIC after power-on, in xAPIC mode, with its number. Number 0 starts the system.
    #[must_use]
    pub const fn new(identity: u8, ticks_per_second: u64) -> Self {
        Self {
            requested: Vectors::EMPTY,
            in_service: Vectors::EMPTY,
            level_triggered: Vectors::EMPTY,
            task_priority: 0,
            processor_priority: 0,
            timer: Timer::new(ticks_per_second),
            timer_mode: timer::Mode::OneShot,
            local_vectors: LocalVectors::new(),
            base: Base::new(identity == 0),
            identity,
            spurious: 0xff,
            logical: 0,
            format: u32::MAX,
            command: 0,
            errors: 0,
            shown_errors: 0,
        }
    }

    /// Resets all but the number and the mode, as INIT does.
    pub fn initialize(&mut self) {
        let mut timer = self.timer;
        timer.reset();
        *self = Self { timer, base: self.base, ..Self::new(self.identity, 0) };
        self.set_x2apic_logical();
    }

    /// Leaves it as firmware does on the first processor: on, taking the 8259's interrupts.
    pub fn virtual_wire(&mut self) {
        self.spurious |= spurious::ENABLED;
        self.local_vectors.take_external();
    }

    /// The interrupt to take now: the highest that is above what is in service and the task's priority.
    #[inline]
    #[must_use]
    pub fn pending_vector(&self) -> Option<u8> {
        let vector = self.requested.highest()?;
        (vector >> 4 > self.processor_priority >> 4).then_some(vector)
    }

    /// The processor takes the interrupt that [`Self::pending_vector`] named.
    #[inline]
    pub fn take(&mut self, vector: u8) {
        self.requested.remove(vector);
        self.in_service.insert(vector);
        self.update_priority();
    }

    /// The processor takes the interrupt that is pending, if one is.
    #[inline]
    pub fn take_pending(&mut self) -> Option<u8> {
        let vector = self.pending_vector()?;
        self.requested.remove(vector);
        self.in_service.insert(vector);
        // It was above all that is in service and above the task's priority: its class is the highest.
        self.processor_priority = vector & 0xf0;
        Some(vector)
    }

    /// An interrupt arrives. While the APIC is off it is lost.
    #[inline]
    pub fn raise(&mut self, vector: u8, level_triggered: bool) {
        if !self.enabled() {
            return;
        }
        if vector < 16 {
            return self.error(error::RECEIVED_ILLEGAL_VECTOR);
        }
        self.requested.insert(vector);
        if level_triggered {
            self.level_triggered.insert(vector);
        } else {
            self.level_triggered.remove(vector);
        }
    }

    /// The handler of the highest interrupt in service has ended; its vector if that was
    /// level-triggered, for the I/O APIC.
    #[inline]
    pub fn end_of_interrupt(&mut self) -> Option<u8> {
        let vector = self.in_service.highest()?;
        self.in_service.remove(vector);
        self.update_priority();
        self.level_triggered.contains(vector).then_some(vector)
    }

    /// When the timer fires, if that interrupts.
    #[inline]
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        self.local_vectors.vector(Source::Timer)?;
        self.timer.due()
    }

    /// Raises the timer's interrupt if it is due.
    #[inline]
    pub fn advance(&mut self, now: u64) {
        if self.timer.fire(self.timer_mode, now)
            && let Some(vector) = self.local_vectors.vector(Source::Timer)
        {
            self.raise(vector, false);
        }
    }

    /// The task's priority: its upper four bits are control register 8.
    #[inline]
    #[must_use]
    pub const fn task_priority(&self) -> u8 {
        self.task_priority
    }

    /// Sets the task's priority.
    #[inline]
    pub fn set_task_priority(&mut self, priority: u8) {
        self.task_priority = priority;
        self.update_priority();
    }

    /// How busy the processor is, for messages to the least busy one.
    #[must_use]
    pub const fn processor_priority(&self) -> u8 {
        self.processor_priority
    }

    /// It is on: by its base register and by its spurious vector register.
    #[inline]
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.spurious & spurious::ENABLED != 0 && self.base.mode != Mode::Disabled
    }

    /// The 8259's interrupt passes to the processor: through the first pin, or because there is no local
    /// APIC in between.
    #[must_use]
    pub fn takes_external(&self) -> bool {
        self.base.mode == Mode::Disabled || self.local_vectors.takes_external()
    }

    /// Whether a message for a physical or logical destination is for this one.
    #[must_use]
    pub fn is_meant(&self, destination: Destination) -> bool {
        match (destination, self.base.mode) {
            (_, Mode::Disabled) => false,
            (Destination::Physical(Destination::EVERY), _) => true,
            (Destination::Physical(number), _) => number == self.identity.into(),
            (Destination::Logical(mask), Mode::X2Apic) => {
                mask == u32::MAX
                    || mask >> 16 == self.logical >> 16 && mask & self.logical & 0xffff != 0
            }
            (Destination::Logical(mask), Mode::Memory) => self.is_meant_by_eight_bits(mask),
            _ => false,
        }
    }

    fn is_meant_by_eight_bits(&self, mask: u32) -> bool {
        let logical = self.logical >> 24;
        if mask > 0xff {
            false
        } else if self.format >> 28 == 0xf {
            // Flat: one bit for each.
            mask & logical != 0
        } else {
            // Clusters of four; cluster 15 is all of them.
            let cluster = mask >> 4;
            (cluster == 0xf || cluster == logical >> 4) && mask & logical & 0xf != 0
        }
    }

    fn set_x2apic_logical(&mut self) {
        if self.base.mode == Mode::X2Apic {
            let number = u32::from(self.identity);
            self.logical = (number >> 4) << 16 | 1 << (number & 0xf);
        }
    }

    #[inline]
    fn update_priority(&mut self) {
        let served = self.in_service.highest().unwrap_or(0) & 0xf0;
        self.processor_priority = self.task_priority.max(served);
    }

    fn error(&mut self, bit: u32) {
        let new = self.errors & bit == 0;
        self.errors |= bit;
        if let (true, Some(vector @ 16..)) = (new, self.local_vectors.vector(Source::Error)) {
            self.raise(vector, false);
        }
    }

    fn read_register(&mut self, number: u8, now: u64) -> u32 {
        match number {
            register::VERSION => register::VERSION_VALUE,
            register::TASK_PRIORITY => self.task_priority.into(),
            register::ARBITRATION_PRIORITY | register::PROCESSOR_PRIORITY => {
                self.processor_priority.into()
            }
            register::LOGICAL_DESTINATION => self.logical,
            register::DESTINATION_FORMAT => self.format,
            register::SPURIOUS_VECTOR => self.spurious,
            register::IN_SERVICE..register::TRIGGER_MODE => {
                self.in_service.register(number - register::IN_SERVICE)
            }
            register::TRIGGER_MODE..register::REQUESTED => {
                self.level_triggered.register(number - register::TRIGGER_MODE)
            }
            register::REQUESTED..register::ERROR_STATUS => {
                self.requested.register(number - register::REQUESTED)
            }
            register::ERROR_STATUS => self.shown_errors,
            register::COMMAND => self.command as u32,
            register::COMMAND_HIGH => (self.command >> 32) as u32,
            register::LOCAL_VECTORS..=register::LAST_LOCAL_VECTOR => {
                self.local_vectors.read(number - register::LOCAL_VECTORS)
            }
            register::INITIAL_COUNT => self.timer.initial(),
            register::CURRENT_COUNT => self.timer.current(self.timer_mode, now),
            register::DIVIDE => self.timer.divide().into(),
            register::END_OF_INTERRUPT | register::REMOTE_READ => 0,
            _ => {
                self.error(error::ILLEGAL_REGISTER);
                0
            }
        }
    }

    fn write_register(&mut self, number: u8, value: u32, now: u64) -> Effect {
        match number {
            register::TASK_PRIORITY => self.set_task_priority(value as u8),
            register::END_OF_INTERRUPT => {
                return self.end_of_interrupt().map_or(Effect::None, Effect::EndOfInterrupt);
            }
            register::SPURIOUS_VECTOR => {
                self.spurious = value & spurious::WRITABLE;
                if self.spurious & spurious::ENABLED == 0 {
                    self.local_vectors.mask_all();
                }
            }
            register::ERROR_STATUS => self.shown_errors = core::mem::take(&mut self.errors),
            register::LOCAL_VECTORS..=register::LAST_LOCAL_VECTOR => {
                // What is due by now happens as it was set up until now.
                self.advance(now);
                let enabled = self.spurious & spurious::ENABLED != 0;
                self.local_vectors.write(number - register::LOCAL_VECTORS, value, enabled);
                let mode = self.local_vectors.timer_mode();
                self.timer.change_mode(self.timer_mode, mode, now);
                self.timer_mode = mode;
            }
            register::INITIAL_COUNT if self.counts() => {
                self.timer.set_initial(value, self.timer_mode, now);
            }
            register::DIVIDE => self.timer.set_divide(value as u8, self.timer_mode, now),
            register::INITIAL_COUNT
            | register::IDENTITY
            | register::VERSION
            | register::ARBITRATION_PRIORITY..=register::PROCESSOR_PRIORITY
            | register::REMOTE_READ
            | register::IN_SERVICE..register::ERROR_STATUS
            | register::CURRENT_COUNT => {}
            _ => self.error(error::ILLEGAL_REGISTER),
        }
        Effect::None
    }

    /// The timer counts down, as opposed to having a deadline.
    fn counts(&self) -> bool {
        matches!(self.timer_mode, timer::Mode::OneShot | timer::Mode::Periodic)
    }

    /// Carries a command out.
    fn send(&mut self, value: u64) -> Effect {
        self.command = value;
        match Command::from_register(value, self.base.mode == Mode::X2Apic) {
            Command::Nothing => Effect::None,
            Command::IllegalVector => {
                self.error(error::SENT_ILLEGAL_VECTOR);
                Effect::None
            }
            Command::Send(Message { destination: Destination::Sender, vector, .. }) => {
                self.raise(vector, false);
                Effect::None
            }
            Command::Send(message) => Effect::Send(message),
        }
    }

    /// A message that was found to be for this one brings a vector.
    pub fn receive(&mut self, message: &Message) {
        if matches!(message.delivery, Delivery::Fixed | Delivery::LowestPriority) {
            self.raise(message.vector, message.level_triggered);
        }
    }
}
