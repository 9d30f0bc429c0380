//! A PS/2 mouse, with the wheel of the IntelliMouse and two more buttons of its successor once the
//! guest has asked for them.

use heapless::Deque;

use super::{ACKNOWLEDGE, RESEND, SELF_TEST_PASSED};

/// Bytes that wait for the controller.
const QUEUE: usize = 64;
/// The last bytes of the queue are for answers to commands.
const RESERVED: usize = 8;
/// What a packet can tell of a movement, in counts.
const FARTHEST: i32 = 255;

/// Which packets it sends, by the number with which it identifies itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Protocol {
    Standard = 0,
    Wheel = 3,
    FiveButtons = 4,
}

/// When it sends packets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Stream,
    Remote,
    /// Sends back what it gets.
    Wrap,
}

/// What has happened and was not told.
#[derive(Clone, Copy, Default, Debug)]
struct Movement {
    right: i32,
    up: i32,
    wheel: i32,
}

/// The mouse.
#[derive(Debug)]
pub(super) struct Mouse {
    queue: Deque<u8, QUEUE>,
    reporting: bool,
    mode: Mode,
    protocol: Protocol,
    doubled: bool,
    resolution: u8,
    rate: u8,
    /// The last three rates: some sequences ask for more of a mouse.
    knock: [u8; 3],
    movement: Movement,
    buttons: u8,
    told_buttons: u8,
    expects: Option<u8>,
    last: u8,
}

impl Mouse {
    pub(super) const fn new() -> Self {
        Self {
            queue: Deque::new(),
            reporting: false,
            mode: Mode::Stream,
            protocol: Protocol::Standard,
            doubled: false,
            resolution: 2,
            rate: 100,
            knock: [0; 3],
            movement: Movement { right: 0, up: 0, wheel: 0 },
            buttons: 0,
            told_buttons: 0,
            expects: None,
            last: 0,
        }
    }

    /// The mouse moves, or a button changes. What the guest does not read in time adds up.
    pub(super) fn moved(&mut self, right: i32, down: i32, wheel_up: i32, buttons: u8) {
        // A change of buttons is told apart from what comes after it, while there is room.
        if buttons & 0x1f != self.buttons {
            self.report();
        }
        let movement = &mut self.movement;
        movement.right = movement.right.saturating_add(right);
        movement.up = movement.up.saturating_sub(down);
        movement.wheel = movement.wheel.saturating_add(wheel_up);
        self.buttons = buttons & 0x1f;
        self.report();
    }

    /// The next byte for the controller.
    pub(super) fn take(&mut self) -> Option<u8> {
        if self.queue.is_empty() {
            self.report();
        }
        let byte = self.queue.pop_front()?;
        self.last = byte;
        Some(byte)
    }

    /// The guest writes to the mouse.
    pub(super) fn write(&mut self, byte: u8) {
        if self.mode == Mode::Wrap && !matches!(byte, 0xec | 0xff) {
            return self.answer(&[byte]);
        }
        if let Some(command) = self.expects.take() {
            return self.parameter(command, byte);
        }
        match byte {
            0xe6 | 0xe7 => self.doubled = byte == 0xe7,
            0xe8 | 0xf3 => self.expects = Some(byte),
            0xe9 => return self.answer(&[ACKNOWLEDGE, self.status(), self.resolution, self.rate]),
            0xea | 0xec => self.mode = Mode::Stream,
            0xeb => {
                self.answer(&[ACKNOWLEDGE]);
                return self.packet();
            }
            0xee => self.mode = Mode::Wrap,
            0xf0 => self.mode = Mode::Remote,
            0xf2 => return self.answer(&[ACKNOWLEDGE, self.protocol as u8]),
            0xf4 | 0xf5 => {
                self.forget();
                self.reporting = byte == 0xf4;
            }
            0xf6 => self.defaults(),
            0xfe => return self.answer(&[self.last]),
            0xff => {
                *self = Self { buttons: self.buttons, ..Self::new() };
                return self.answer(&[ACKNOWLEDGE, SELF_TEST_PASSED, Protocol::Standard as u8]);
            }
            _ => return self.answer(&[RESEND]),
        }
        self.answer(&[ACKNOWLEDGE]);
    }

    fn parameter(&mut self, command: u8, byte: u8) {
        match command {
            0xe8 if byte > 3 => return self.answer(&[RESEND]),
            0xe8 => self.resolution = byte,
            _ => {
                let [_, second, third] = self.knock;
                self.knock = [second, third, byte];
                self.rate = byte;
                match self.knock {
                    [200, 100, 80] => self.protocol = Protocol::Wheel,
                    [200, 200, 80] => self.protocol = Protocol::FiveButtons,
                    _ => {}
                }
            }
        }
        self.answer(&[ACKNOWLEDGE]);
    }

    fn status(&self) -> u8 {
        let [left, right, middle] = [0, 1, 2].map(|number| self.buttons >> number & 1);
        u8::from(self.mode == Mode::Remote) << 6
            | u8::from(self.reporting) << 5
            | u8::from(self.doubled) << 4
            | left << 2
            | middle << 1
            | right
    }

    fn defaults(&mut self) {
        self.forget();
        self.reporting = false;
        self.mode = Mode::Stream;
        self.doubled = false;
        self.resolution = 2;
        self.rate = 100;
    }

    fn forget(&mut self) {
        self.queue.clear();
        self.movement = Movement::default();
        self.told_buttons = self.buttons;
    }

    fn answer(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let _ = self.queue.push_back(byte);
        }
    }

    /// Sends a packet if there is something to tell and room to tell it.
    fn report(&mut self) {
        let moved = self.movement.right != 0 || self.movement.up != 0 || self.movement.wheel != 0;
        let changed = moved || self.buttons != self.told_buttons;
        let room = QUEUE - self.queue.len() >= RESERVED + 4;
        if self.reporting && self.mode == Mode::Stream && changed && room {
            self.packet();
        }
    }

    fn packet(&mut self) {
        let right = take(&mut self.movement.right, -FARTHEST - 1, FARTHEST);
        let up = take(&mut self.movement.up, -FARTHEST - 1, FARTHEST);
        // The wheel counts towards the user, in eight bits or in four.
        let wheel = match self.protocol {
            Protocol::Standard => core::mem::take(&mut self.movement.wheel),
            Protocol::Wheel => -take(&mut self.movement.wheel, -127, 127),
            Protocol::FiveButtons => -take(&mut self.movement.wheel, -7, 7),
        };
        let first = self.buttons & 7 | 1 << 3 | u8::from(right < 0) << 4 | u8::from(up < 0) << 5;
        self.answer(&[first, right as u8, up as u8]);
        match self.protocol {
            Protocol::Standard => {}
            Protocol::Wheel => self.answer(&[wheel as u8]),
            Protocol::FiveButtons => {
                self.answer(&[wheel as u8 & 0x0f | (self.buttons & 0x18) << 1]);
            }
        }
        self.told_buttons = self.buttons;
    }
}

/// Takes from a sum as much as fits between two limits.
fn take(sum: &mut i32, least: i32, most: i32) -> i32 {
    let part = (*sum).clamp(least, most);
    *sum = sum.saturating_sub(part);
    part
}
