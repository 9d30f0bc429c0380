//! The devices of a PC, wired together.

mod devices;
mod lines;
mod memory;
mod model_specific;
mod ports;
mod processor;
mod route;
#[cfg(test)]
mod tests;

use crate::i8042::{I8042, Key};
use crate::io_apic::IoApic;
use crate::pic::{Pic, TRIGGER_PORT};
use crate::pit::Pit;
use crate::power::{self, Power, Request};
use crate::rtc::Rtc;
use crate::serial::Serial;
use processor::Processor;

pub use processor::Event;

/// The most virtual processors that a platform can have: one bit for each in the flat logical mode.
pub const MAXIMUM_PROCESSORS: usize = 8;

/// What a platform is made from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Configuration {
    /// How often the guest's TSC ticks in a second.
    pub ticks_per_second: u64,
    /// What the real-time clock shows at tick 0: seconds since 1970, UTC.
    pub unix_seconds: u64,
    /// Bytes of the guest's memory below 4 GiB.
    pub memory_below: u64,
    /// Bytes of the guest's memory above 4 GiB.
    pub memory_above: u64,
}

/// The devices of a PC with so many virtual processors, numbered from 0, which is the number of the
/// local APIC too. Processor 0 starts the system.
///
/// The monitor passes accesses on ([`Self::port_read`], [`Self::memory_read`], [`Self::msr_read`] and
/// their like), calls [`Self::advance`] when [`Self::next_deadline`] has come, then looks at
/// [`Self::take_attention`], [`Self::take_event`], [`Self::has_interrupt`] and [`Self::take_request`].
#[derive(Debug)]
pub struct Platform<const PROCESSORS: usize> {
    serial: Serial,
    rtc: Rtc,
    pic: Pic,
    pit: Pit,
    power: Power,
    keyboard_controller: I8042,
    io_apic: IoApic,
    processors: [Processor; PROCESSORS],
    /// The inputs that are asserted: bit 0 is the timer's, whose number at the I/O APIC is another.
    levels: u32,
    /// The output of the 8259 pair, as it was carried on last.
    pair_pending: bool,
    /// When a device other than a local APIC wants to be looked at.
    device_deadline: u64,
    /// Processors for which something has come.
    attention: u32,
    unclaimed: u64,
}

impl<const PROCESSORS: usize> Platform<PROCESSORS> {
    /// The machine as firmware leaves it: the 8259's interrupts reach processor 0, the system control
    /// interrupt is level-triggered, and the other processors wait to be started.
    #[must_use]
    pub fn new(configuration: Configuration) -> Self {
        const { assert!(0 < PROCESSORS && PROCESSORS <= MAXIMUM_PROCESSORS) };
        let Configuration { ticks_per_second, unix_seconds, memory_below, memory_above } =
            configuration;
        let mut pic = Pic::new();
        pic.write(TRIGGER_PORT + 1, 1 << (power::INTERRUPT - 8));
        let mut processors =
            core::array::from_fn(|number| Processor::new(number as u8, ticks_per_second));
        if let Some(first) = processors.first_mut() {
            first.apic.virtual_wire();
        }
        Self {
            serial: Serial::new(),
            rtc: Rtc::new(ticks_per_second, unix_seconds, memory_below, memory_above),
            pic,
            pit: Pit::new(ticks_per_second),
            power: Power::new(ticks_per_second),
            keyboard_controller: I8042::new(ticks_per_second),
            io_apic: IoApic::new(),
            processors,
            levels: 0,
            pair_pending: false,
            device_deadline: u64::MAX,
            attention: 0,
            unclaimed: 0,
        }
    }

    /// When [`Self::advance`] is to be called for a processor's timer; for processor 0 for all devices
    /// besides. A tick that has passed means now.
    #[inline]
    #[must_use]
    pub fn next_deadline(&self, processor: usize) -> Option<u64> {
        let timer = self.processors.get(processor).and_then(|it| it.apic.next_deadline());
        let timer = timer.unwrap_or(u64::MAX);
        let first = if processor == 0 { timer.min(self.device_deadline) } else { timer };
        (first != u64::MAX).then_some(first)
    }

    /// Does what is due by now on all devices: each periodic event once, however late.
    pub fn advance(&mut self, now: u64) {
        for (number, processor) in self.processors.iter_mut().enumerate() {
            processor.apic.advance(now);
            if processor.apic.pending_vector().is_some() {
                self.attention |= 1 << number;
            }
        }
        self.advance_devices(now);
    }

    /// Does what is due by now for one processor: all that the path from its timer's tick to the
    /// interrupt needs.
    #[inline]
    pub fn advance_processor(&mut self, processor: usize, now: u64) {
        if let Some(processor) = self.processors.get_mut(processor) {
            processor.apic.advance(now);
        }
        if processor == 0 {
            self.advance_devices(now);
        }
    }

    /// The processors (bit 0 is processor 0) for which something may have come since this was last
    /// asked: one that sleeps or runs elsewhere has to be looked after.
    #[inline]
    pub fn take_attention(&mut self) -> u32 {
        core::mem::take(&mut self.attention)
    }

    /// The next event of a processor besides interrupts; to be asked until there is none.
    pub fn take_event(&mut self, processor: usize) -> Option<Event> {
        self.processors.get_mut(processor)?.take_event()
    }

    /// Whether [`Self::take_event`] has something.
    #[inline]
    #[must_use]
    pub fn has_event(&self, processor: usize) -> bool {
        self.processors.get(processor).is_some_and(Processor::has_event)
    }

    /// Whether a processor does not run because nothing has started it yet.
    #[must_use]
    pub fn waits_for_startup(&self, processor: usize) -> bool {
        self.processors.get(processor).is_none_or(|it| it.waits)
    }

    /// Whether a processor has an interrupt to take as soon as it takes any.
    #[inline]
    #[must_use]
    pub fn has_interrupt(&self, processor: usize) -> bool {
        self.processors.get(processor).is_some_and(|it| it.apic.pending_vector().is_some())
            || self.external_pending(processor)
    }

    /// The vector of the interrupt that a processor takes now: ask for it only when it does.
    #[inline]
    pub fn take_interrupt(&mut self, processor: usize) -> Option<u8> {
        if self.external_pending(processor) {
            return Some(self.acknowledge_external(processor));
        }
        self.processors.get_mut(processor)?.apic.take_pending()
    }

    /// A processor's task priority, whose upper four bits are its control register 8.
    #[must_use]
    pub fn task_priority(&self, processor: usize) -> u8 {
        self.processors.get(processor).map_or(0, |it| it.apic.task_priority())
    }

    /// Sets a processor's task priority, as a write of control register 8 does.
    pub fn set_task_priority(&mut self, processor: usize, priority: u8) {
        if let Some(processor) = self.processors.get_mut(processor) {
            processor.apic.set_task_priority(priority);
        }
    }

    /// What the guest wants of its machine, once.
    pub fn take_request(&mut self) -> Option<Request> {
        let reset = self.keyboard_controller.take_reset();
        self.power.take_request().or(reset.then_some(Request::Reset))
    }

    /// Accesses to ports at which nothing is.
    #[must_use]
    pub const fn unclaimed_accesses(&self) -> u64 {
        self.unclaimed
    }

    /// Whether [`Self::take_serial_output`] has something.
    #[must_use]
    pub fn has_serial_output(&self) -> bool {
        self.serial.has_output()
    }

    /// Takes what the guest has sent on the serial port; returns how many bytes.
    pub fn take_serial_output(&mut self, into: &mut [u8]) -> usize {
        let count = self.serial.take_output(into);
        self.settle_serial();
        count
    }

    /// Whether the guest has begun to send a break on the serial port since this was last asked.
    pub fn take_serial_break(&mut self) -> bool {
        self.serial.take_break()
    }

    /// Sends to the guest's serial port; returns how many bytes found room.
    pub fn push_serial_input(&mut self, bytes: &[u8]) -> usize {
        let count = self.serial.push_input(bytes);
        self.settle_serial();
        count
    }

    /// A key of the keyboard; see [`I8042::key`].
    pub fn key(&mut self, key: Key, pressed: bool, now: u64) -> bool {
        let queued = self.keyboard_controller.key(key, pressed, now);
        self.settle_keyboard_controller();
        self.update_deadline();
        queued
    }

    /// The mouse; see [`I8042::mouse`].
    pub fn mouse(&mut self, right: i32, down: i32, wheel_up: i32, buttons: u8) {
        self.keyboard_controller.mouse(right, down, wheel_up, buttons);
        self.settle_keyboard_controller();
    }

    /// The keyboard's lights; see [`I8042::leds`].
    #[must_use]
    pub const fn leds(&self) -> u8 {
        self.keyboard_controller.leds()
    }

    /// The power button: the guest is asked to shut down.
    pub fn press_power_button(&mut self) {
        self.power.press_power_button();
        self.settle_power();
    }
}
