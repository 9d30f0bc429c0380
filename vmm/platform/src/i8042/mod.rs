//! The keyboard controller of PCs (Intel 8042) with a PS/2 keyboard and a PS/2 mouse.
//!
//! Two queues stand behind one output byte. The byte that follows one that was read is put there by
//! [`I8042::load`], so that the caller can see the interrupt line fall in between: the line is an edge.

mod key_code;
mod keyboard;
mod mouse;
mod scancode;
#[cfg(test)]
mod tests;

use heapless::Deque;
use keyboard::Keyboard;
use mouse::Mouse;
use scancode::Translation;

pub use keyboard::Key;

/// The data register.
pub const DATA_PORT: u16 = 0x60;
/// Status (read) and commands (written).
pub const COMMAND_PORT: u16 = 0x64;

/// A device has understood.
const ACKNOWLEDGE: u8 = 0xfa;
/// A device has not understood.
const RESEND: u8 = 0xfe;
/// A device is well.
const SELF_TEST_PASSED: u8 = 0xaa;

/// Bits of the status register.
mod status {
    pub(super) const OUTPUT_FULL: u8 = 1 << 0;
    pub(super) const SYSTEM: u8 = 1 << 2;
    pub(super) const COMMAND: u8 = 1 << 3;
    /// No lock holds the keyboard.
    pub(super) const UNLOCKED: u8 = 1 << 4;
    pub(super) const FROM_MOUSE: u8 = 1 << 5;
}

/// Bits of the configuration byte.
mod configuration {
    pub(super) const KEYBOARD_INTERRUPT: u8 = 1 << 0;
    pub(super) const MOUSE_INTERRUPT: u8 = 1 << 1;
    pub(super) const SYSTEM: u8 = 1 << 2;
    pub(super) const KEYBOARD_OFF: u8 = 1 << 4;
    pub(super) const MOUSE_OFF: u8 = 1 << 5;
    pub(super) const TRANSLATE: u8 = 1 << 6;
}

/// Bits of the output port.
mod output_port {
    /// Low resets the processor.
    pub(super) const RUNNING: u8 = 1 << 0;
    pub(super) const A20: u8 = 1 << 1;
}

/// Where a byte comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Source {
    Keyboard,
    Mouse,
}

/// The controller with its devices.
#[derive(Debug)]
pub struct I8042 {
    keyboard: Keyboard,
    mouse: Mouse,
    /// The controller's memory, of which the first byte is the configuration.
    memory: [u8; 32],
    translation: Translation,
    /// What the data register holds.
    output: Option<(Source, u8)>,
    /// Answers of the controller itself, which go before those of devices.
    answers: Deque<(Source, u8), 8>,
    last: u8,
    last_from_mouse: bool,
    /// The command whose parameter is written to the data port next.
    expects: Option<u8>,
    command_written: bool,
    output_port: u8,
    reset: bool,
}

impl I8042 {
    /// A controller as firmware leaves it: both devices on, translation on.
    #[must_use]
    pub fn new(ticks_per_second: u64) -> Self {
        let mut memory = [0; 32];
        memory[0] = configuration::KEYBOARD_INTERRUPT
            | configuration::SYSTEM
            | configuration::TRANSLATE
            | configuration::MOUSE_OFF;
        Self {
            keyboard: Keyboard::new(ticks_per_second),
            mouse: Mouse::new(),
            memory,
            translation: Translation::default(),
            output: None,
            answers: Deque::new(),
            last: 0,
            last_from_mouse: false,
            expects: None,
            command_written: false,
            output_port: output_port::RUNNING | output_port::A20,
            reset: false,
        }
    }

    /// A key is pressed or let go. False if the guest has not read for long and the key found no room:
    /// try again later.
    pub fn key(&mut self, key: Key, pressed: bool, now: u64) -> bool {
        self.keyboard.key(key, pressed, now)
    }

    /// The mouse has moved by so many counts to the right and down, its wheel by so many notches up;
    /// which buttons are down: bit 0 left, 1 right, 2 middle, 3 and 4 at the side.
    pub fn mouse(&mut self, right: i32, down: i32, wheel_up: i32, buttons: u8) {
        self.mouse.moved(right, down, wheel_up, buttons);
    }

    /// The keyboard's lights: bit 0 scroll lock, 1 num lock, 2 caps lock.
    #[must_use]
    pub const fn leds(&self) -> u8 {
        self.keyboard.leds()
    }

    /// Whether the guest has asked for a reset, once.
    pub fn take_reset(&mut self) -> bool {
        core::mem::take(&mut self.reset)
    }

    /// The level of the keyboard's interrupt, input 1 of a PC.
    #[must_use]
    pub fn keyboard_irq(&self) -> bool {
        self.enabled(configuration::KEYBOARD_INTERRUPT)
            && matches!(self.output, Some((Source::Keyboard, _)))
    }

    /// The level of the mouse's interrupt, input 12 of a PC.
    #[must_use]
    pub fn mouse_irq(&self) -> bool {
        self.enabled(configuration::MOUSE_INTERRUPT)
            && matches!(self.output, Some((Source::Mouse, _)))
    }

    /// When a key that is held down repeats.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        self.keyboard.next_deadline()
    }

    /// Repeats a key that is held down.
    pub fn advance(&mut self, now: u64) {
        self.keyboard.advance(now);
    }

    /// Puts the next byte into the data register, if that is empty.
    pub fn load(&mut self) {
        if self.output.is_some() {
            return;
        }
        self.output = self
            .answers
            .pop_front()
            .or_else(|| self.keyboard_byte().map(|byte| (Source::Keyboard, byte)))
            .or_else(|| self.mouse_byte().map(|byte| (Source::Mouse, byte)));
        if let Some((source, byte)) = self.output {
            self.last = byte;
            self.last_from_mouse = source == Source::Mouse;
        }
    }

    /// Reads [`DATA_PORT`] or [`COMMAND_PORT`]. The data register gives its last byte again until
    /// [`Self::load`] has put another there.
    pub fn read(&mut self, port: u16) -> u8 {
        if port == DATA_PORT {
            self.output = None;
            return self.last;
        }
        let mut value = status::UNLOCKED;
        if self.output.is_some() {
            value |= status::OUTPUT_FULL;
            if self.last_from_mouse {
                value |= status::FROM_MOUSE;
            }
        }
        if self.enabled(configuration::SYSTEM) {
            value |= status::SYSTEM;
        }
        if self.command_written {
            value |= status::COMMAND;
        }
        value
    }

    /// Writes [`DATA_PORT`] or [`COMMAND_PORT`].
    pub fn write(&mut self, port: u16, value: u8) {
        self.command_written = port == COMMAND_PORT;
        if self.command_written {
            self.expects = None;
            return self.command(value);
        }
        match self.expects.take() {
            Some(command) => self.parameter(command, value),
            None => {
                // Writing to the keyboard turns its port on.
                self.configure(configuration::KEYBOARD_OFF, false);
                self.keyboard.write(value);
            }
        }
    }

    fn command(&mut self, command: u8) {
        match command {
            0x20..=0x3f => {
                let value = self.memory.get(usize::from(command & 0x1f)).copied().unwrap_or(0);
                self.answer(Source::Keyboard, value);
            }
            0x60..=0x7f | 0xd1..=0xd4 => self.expects = Some(command),
            0xa7 | 0xa8 => self.configure(configuration::MOUSE_OFF, command == 0xa7),
            0xad | 0xae => self.configure(configuration::KEYBOARD_OFF, command == 0xad),
            // Both ports test well.
            0xa9 | 0xab => self.answer(Source::Keyboard, 0x00),
            0xaa => {
                self.configure(configuration::SYSTEM, true);
                self.answer(Source::Keyboard, 0x55);
            }
            // The input port: no lock, no jumper.
            0xc0 => self.answer(Source::Keyboard, 0xbf),
            0xd0 => self.answer(Source::Keyboard, self.output_port),
            0xdd => self.output_port &= !output_port::A20,
            0xdf => self.output_port |= output_port::A20,
            // Pulses those of the four lowest outputs whose bit is zero.
            0xf0..=0xff if command & output_port::RUNNING == 0 => self.reset = true,
            _ => {}
        }
    }

    fn parameter(&mut self, command: u8, value: u8) {
        match command {
            0x60..=0x7f => {
                if let Some(place) = self.memory.get_mut(usize::from(command & 0x1f)) {
                    *place = value;
                }
            }
            0xd1 => {
                if value & output_port::RUNNING == 0 {
                    self.reset = true;
                }
                self.output_port = value | output_port::RUNNING;
            }
            0xd2 => self.answer(Source::Keyboard, value),
            0xd3 => self.answer(Source::Mouse, value),
            _ => {
                self.configure(configuration::MOUSE_OFF, false);
                self.mouse.write(value);
            }
        }
    }

    fn answer(&mut self, source: Source, value: u8) {
        // A guest that does not read loses what does not fit.
        let _ = self.answers.push_back((source, value));
    }

    fn enabled(&self, bit: u8) -> bool {
        let [configuration, ..] = self.memory;
        configuration & bit != 0
    }

    fn configure(&mut self, bit: u8, on: bool) {
        let [configuration, ..] = &mut self.memory;
        *configuration = if on { *configuration | bit } else { *configuration & !bit };
    }

    fn keyboard_byte(&mut self) -> Option<u8> {
        if self.enabled(configuration::KEYBOARD_OFF) {
            return None;
        }
        if !self.enabled(configuration::TRANSLATE) {
            return self.keyboard.take();
        }
        let first = self.keyboard.take()?;
        // Only the prefix of a release becomes nothing; the key itself follows it.
        self.translation
            .byte(first)
            .or_else(|| self.keyboard.take().and_then(|byte| self.translation.byte(byte)))
    }

    fn mouse_byte(&mut self) -> Option<u8> {
        if self.enabled(configuration::MOUSE_OFF) { None } else { self.mouse.take() }
    }
}
