//! Carrying what devices want to their interrupt lines and to the common deadline.

use super::Platform;
use crate::power;

/// Inputs of the devices.
pub(super) mod input {
    pub const TIMER: u8 = 0;
    pub const KEYBOARD: u8 = 1;
    pub const SERIAL: u8 = 4;
    pub const CLOCK: u8 = 8;
    pub const MOUSE: u8 = 12;
}

/// The inputs that belong to devices of the platform; and the cascade, to which none can be wired.
pub(super) const TAKEN: u32 = 1 << input::TIMER
    | 1 << input::KEYBOARD
    | 1 << 2
    | 1 << input::SERIAL
    | 1 << input::CLOCK
    | 1 << power::INTERRUPT
    | 1 << input::MOUSE;

impl<const PROCESSORS: usize> Platform<PROCESSORS> {
    /// Does what is due by now on the devices that share a deadline.
    #[inline]
    pub(super) fn advance_devices(&mut self, now: u64) {
        if self.device_deadline <= now {
            self.rtc.advance(now);
            self.power.advance(now);
            self.keyboard_controller.advance(now);
            self.settle_clock();
            self.settle_power();
            self.settle_keyboard_controller();
            self.settle_timer(now);
            self.update_deadline();
        }
    }

    pub(super) fn settle_serial(&mut self) {
        self.set_line(input::SERIAL, self.serial.irq());
    }

    pub(super) fn settle_clock(&mut self) {
        self.set_line(input::CLOCK, self.rtc.irq());
    }

    pub(super) fn settle_power(&mut self) {
        self.set_line(power::INTERRUPT, self.power.irq());
    }

    /// The lines fall when a byte has been read, before the next byte raises them.
    pub(super) fn settle_keyboard_controller(&mut self) {
        self.settle_keyboard_lines();
        self.keyboard_controller.load();
        self.settle_keyboard_lines();
    }

    fn settle_keyboard_lines(&mut self) {
        self.set_line(input::KEYBOARD, self.keyboard_controller.keyboard_irq());
        self.set_line(input::MOUSE, self.keyboard_controller.mouse_irq());
    }

    /// An output that has risen was low before, however short.
    pub(super) fn settle_timer(&mut self, now: u64) {
        if self.pit.advance(now) {
            self.set_line(input::TIMER, false);
            self.set_line(input::TIMER, true);
        }
        self.set_line(input::TIMER, self.pit.irq(now));
    }

    /// To be called after whatever may change when a device wants to be looked at.
    pub(super) fn update_deadline(&mut self) {
        self.device_deadline = [
            self.rtc.next_deadline(),
            self.pit.next_deadline(),
            self.power.next_deadline(),
            self.keyboard_controller.next_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(u64::MAX);
    }
}
