//! Power management: the fixed hardware of ACPI (ACPI 6.5, section 4.8), the reset registers of PCs,
//! and the port by which a test ends.

mod event;
#[cfg(test)]
mod tests;

use cloister_device::Width;

use event::{Events, status};

use crate::rate::Rate;

/// PM1a event block: status and enable, 2 bytes each.
pub const EVENT_PORT: u16 = 0x600;
/// PM1a control block, 2 bytes.
pub const CONTROL_PORT: u16 = 0x604;
/// Power management timer, 4 bytes, of which all 32 bits count.
pub const TIMER_PORT: u16 = 0x608;
/// One after the last of these ports.
pub const END_PORT: u16 = 0x60c;
/// The reset control register of chipsets, and the reset register of ACPI's FADT.
pub const RESET_PORT: u16 = 0xcf9;
/// What ACPI's FADT tells the guest to write to [`RESET_PORT`].
pub const RESET_VALUE: u8 = 0x06;
/// System control port A, with the fast reset.
pub const SYSTEM_CONTROL_PORT: u16 = 0x92;
/// Whatever is written here ends the world with that value.
pub const DEBUG_EXIT_PORT: u16 = 0xf4;
/// The sleep type that ACPI's `\_S5` names: off.
pub const SLEEP_TYPE_OFF: u8 = 5;
/// The system control interrupt (SCI), level-triggered.
pub const INTERRUPT: u8 = 9;
/// How often the timer counts in a second.
pub const HERTZ: u64 = 3_579_545;

/// Bits of PM1a control.
mod control {
    /// ACPI has the machine: always so, as there is no other mode here.
    pub(super) const ENABLED: u16 = 1 << 0;
    pub(super) const BUS_MASTER_RELOAD: u16 = 1 << 1;
    pub(super) const SLEEP_TYPE: u16 = 7 << 10;
    pub(super) const SLEEP: u16 = 1 << 13;
}

/// Bits of the reset register.
mod reset {
    pub(super) const NOW: u8 = 1 << 2;
    /// Whether the reset is a hard and a full one, which here is the same.
    pub(super) const KEPT: u8 = 0x0a;
}

/// In system control port A: reset, and the A20 gate, which changes nothing.
const FAST_RESET: u8 = 1 << 0;
const A20: u8 = 1 << 1;

/// What the guest wants of its machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// Off.
    PowerOff,
    /// Start again.
    Reset,
    /// End with a value: [`DEBUG_EXIT_PORT`].
    DebugExit(u32),
}

/// The power management of a PC.
#[derive(Debug)]
pub struct Power {
    rate: Rate,
    events: Events,
    control: u16,
    reset: u8,
    system_control: u8,
    request: Option<Request>,
}

impl Power {
    /// The machine has just been switched on.
    #[must_use]
    pub const fn new(ticks_per_second: u64) -> Self {
        Self {
            rate: Rate::new(ticks_per_second, HERTZ),
            events: Events::new(),
            control: 0,
            reset: 0,
            system_control: A20,
            request: None,
        }
    }

    /// The user presses the power button: the guest is asked to shut down.
    pub fn press_power_button(&mut self) {
        self.events.raise(status::POWER_BUTTON);
    }

    /// What the guest asked for, once. A later wish replaces an earlier one that was not taken.
    pub fn take_request(&mut self) -> Option<Request> {
        self.request.take()
    }

    /// The level of the system control interrupt.
    #[must_use]
    pub const fn irq(&self) -> bool {
        self.events.irq()
    }

    /// When the timer's highest bit changes next, if the guest wants an interrupt of it.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        self.events.next_change().map(|count| self.rate.ticks(count))
    }

    /// Raises what is due.
    pub fn advance(&mut self, now: u64) {
        self.events.advance(self.rate.units(now));
    }

    /// Reads a port of this device; a part of a register that is narrower than the access reads zero.
    pub fn read(&mut self, port: u16, width: Width, now: u64) -> u64 {
        match port {
            EVENT_PORT..END_PORT => {
                self.advance(now);
                let offset = u32::from(port - EVENT_PORT);
                (self.block(now) >> (8 * offset)) as u64 & width.mask()
            }
            RESET_PORT => self.reset.into(),
            SYSTEM_CONTROL_PORT => self.system_control.into(),
            _ => width.open_bus(),
        }
    }

    /// Writes a port of this device.
    pub fn write(&mut self, port: u16, width: Width, value: u64, now: u64) {
        let [first, second, third, fourth, ..] = (value & width.mask()).to_le_bytes();
        match port {
            EVENT_PORT..TIMER_PORT => {
                self.advance(now);
                for (offset, byte) in (0..width.bytes() as u16).zip([first, second, third, fourth])
                {
                    self.write_byte(port - EVENT_PORT + offset, byte);
                }
            }
            RESET_PORT => {
                if first & reset::NOW != 0 {
                    self.request = Some(Request::Reset);
                }
                self.reset = first & reset::KEPT;
            }
            SYSTEM_CONTROL_PORT => {
                if first & !self.system_control & FAST_RESET != 0 {
                    self.request = Some(Request::Reset);
                }
                self.system_control = first;
            }
            DEBUG_EXIT_PORT => {
                let value = u32::from_le_bytes([first, second, third, fourth]);
                self.request = Some(Request::DebugExit(value));
            }
            _ => {}
        }
    }

    /// All registers from the event block to the timer, the first in the lowest byte.
    fn block(&self, now: u64) -> u128 {
        let timer = self.rate.units(now) as u32;
        let control = self.control | control::ENABLED;
        u128::from(self.events.status)
            | u128::from(self.events.enable) << 16
            | u128::from(control) << 32
            | u128::from(timer) << 64
    }

    fn write_byte(&mut self, offset: u16, byte: u8) {
        let shift = 8 * u32::from(offset & 1);
        let (bits, others) = (u16::from(byte) << shift, !(0xff << shift));
        match offset {
            0 | 1 => self.events.acknowledge(bits),
            2 | 3 => self.events.set_enable((self.events.enable & others) | bits),
            4 | 5 => {
                let value = (self.control & others) | bits;
                self.control = value & (control::SLEEP_TYPE | control::BUS_MASTER_RELOAD);
                let kind = (value & control::SLEEP_TYPE) >> 10;
                if bits & control::SLEEP != 0 && kind == SLEEP_TYPE_OFF.into() {
                    self.request = Some(Request::PowerOff);
                }
            }
            _ => {}
        }
    }
}
