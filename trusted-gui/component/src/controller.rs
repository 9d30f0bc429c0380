//! The keyboard controller (Intel 8042) with a PS/2 keyboard and mouse, without interrupts: it is asked in
//! each frame. Commands are those of the IBM PS/2 technical reference; the wheel is found as Microsoft's
//! mice announce it.

use cloister_runtime::now;
use cloister_screen::input::mouse::Protocol;

use crate::port;
use crate::time::Clock;

const DATA: u16 = 0x60;
const COMMAND: u16 = 0x64;

/// Bits of the status.
const OUTPUT_FULL: u8 = 1 << 0;
const INPUT_FULL: u8 = 1 << 1;
const FROM_MOUSE: u8 = 1 << 5;

/// Bits of the configuration.
const INTERRUPTS: u8 = 0b11;
const CLOCKS_OFF: u8 = 0b11 << 4;
const TRANSLATE: u8 = 1 << 6;

/// A device has understood.
const ACKNOWLEDGE: u8 = 0xfa;
/// What a device is given to answer a command, in milliseconds. The reference says 20.
const PATIENCE: u64 = 50;
/// Bytes that are taken in one frame at most.
const MOST: usize = 256;

/// A byte, and whose it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Byte {
    Keyboard(u8),
    Mouse(u8),
}

/// The controller.
pub struct Controller {
    clock: Clock,
    /// What the mouse sends.
    pub protocol: Protocol,
}

impl Controller {
    /// Brings controller and devices into a known state, whatever they were in.
    pub fn start(clock: Clock) -> Self {
        let mut controller = Self { clock, protocol: Protocol::Plain };
        // Nothing comes in between while the controller is asked.
        controller.command(0xad);
        controller.command(0xa7);
        controller.drain();
        controller.command(0x20);
        let configuration = controller.answer().unwrap_or(TRANSLATE);
        controller.command(0x60);
        controller.data((configuration & !(INTERRUPTS | CLOCKS_OFF)) | TRANSLATE);
        controller.command(0xae);
        controller.command(0xa8);
        controller.drain();
        controller.start_keyboard();
        controller.protocol = controller.start_mouse().unwrap_or(Protocol::Plain);
        controller
    }

    /// Set 2, which the controller translates to set 1; default repetition; on. A keyboard that does not
    /// answer stays as the firmware left it, which is the same.
    fn start_keyboard(&self) {
        for byte in [0xf6, 0xf0, 0x02, 0xf4] {
            self.data(byte);
            let _ = self.answer();
        }
    }

    /// Finds out how many buttons and wheels there are, and turns the mouse on.
    fn start_mouse(&self) -> Option<Protocol> {
        self.tell_mouse(&[0xf6])?;
        let plain = Protocol::Plain;
        let wheel = self.announce([200, 100, 80], 3)?.then_some(Protocol::Wheel);
        let five = match wheel {
            Some(_) => self.announce([200, 200, 80], 4)?.then_some(Protocol::FiveButtons),
            None => None,
        };
        self.tell_mouse(&[0xf3, 100, 0xf4])?;
        Some(five.or(wheel).unwrap_or(plain))
    }

    /// Sets three sample rates one after the other; whether the mouse then says that it is `identity`.
    fn announce(&self, rates: [u8; 3], identity: u8) -> Option<bool> {
        for rate in rates {
            self.tell_mouse(&[0xf3, rate])?;
        }
        self.tell_mouse(&[0xf2])?;
        Some(self.answer()? == identity)
    }

    /// Sends bytes to the mouse, each of which it acknowledges.
    fn tell_mouse(&self, bytes: &[u8]) -> Option<()> {
        for byte in bytes {
            self.command(0xd4);
            self.data(*byte);
            if self.answer()? != ACKNOWLEDGE {
                return None;
            }
        }
        Some(())
    }

    /// Takes what has come since the last time.
    pub fn poll(&self, take: &mut dyn FnMut(Byte)) {
        for _ in 0..MOST {
            let status = port::read(COMMAND);
            if status & OUTPUT_FULL == 0 {
                return;
            }
            let byte = port::read(DATA);
            take(if status & FROM_MOUSE == 0 { Byte::Keyboard(byte) } else { Byte::Mouse(byte) });
        }
    }

    /// Starts the machine anew, by the line that the controller has to the processor.
    pub fn reset(&self) {
        self.command(0xfe);
    }

    fn drain(&self) {
        self.poll(&mut |_| ());
    }

    fn command(&self, byte: u8) {
        self.wait(INPUT_FULL, 0);
        port::write(COMMAND, byte);
    }

    fn data(&self, byte: u8) {
        self.wait(INPUT_FULL, 0);
        port::write(DATA, byte);
    }

    fn answer(&self) -> Option<u8> {
        self.wait(OUTPUT_FULL, OUTPUT_FULL).then(|| port::read(DATA))
    }

    /// Waits until a bit of the status has a value; whether it came to that.
    fn wait(&self, bit: u8, value: u8) -> bool {
        let deadline = now().saturating_add(self.clock.milliseconds(PATIENCE));
        loop {
            // Time passes too while others run, so the last look is after it has passed.
            let late = now() > deadline;
            if port::read(COMMAND) & bit == value {
                return true;
            }
            if late {
                return false;
            }
        }
    }
}
