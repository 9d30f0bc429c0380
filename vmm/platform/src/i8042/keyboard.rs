//! A PS/2 keyboard of 105 keys.

use heapless::Deque;

use super::scancode::{EXTENDED, RELEASED, to_set_2};
use super::{ACKNOWLEDGE, RESEND, SELF_TEST_PASSED};

/// Bytes that wait for the controller.
const QUEUE: usize = 64;
/// The last bytes of the queue are for answers to commands.
const RESERVED: usize = 8;
/// The longest code of a key: that of Pause in set 2.
const LONGEST: usize = 8;
/// What a keyboard says it is.
const IDENTITY: [u8; 2] = [0xab, 0x83];

/// A key, named by its code in set 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// One byte, 0x01 to 0x7f.
    Plain(u8),
    /// A byte behind 0xe0.
    Extended(u8),
    /// Pause, which has a code of its own (0xe1, 0x1d, 0x45), is never let go and never repeats.
    Pause,
}

/// Which set the keyboard sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Set {
    One = 1,
    Two = 2,
}

/// How the key held down last repeats.
#[derive(Clone, Copy, Debug)]
struct Repeat {
    key: Key,
    due: u64,
}

/// The keyboard.
#[derive(Debug)]
pub(super) struct Keyboard {
    ticks_per_second: u64,
    queue: Deque<u8, QUEUE>,
    scanning: bool,
    set: Set,
    leds: u8,
    typematic: u8,
    repeat: Option<Repeat>,
    /// The command whose parameter comes next.
    expects: Option<u8>,
    last: u8,
}

impl Keyboard {
    /// Repeats begin after half a second, at 10.9 per second.
    const TYPEMATIC: u8 = 0x2b;

    pub(super) const fn new(ticks_per_second: u64) -> Self {
        Self {
            ticks_per_second,
            queue: Deque::new(),
            scanning: true,
            set: Set::Two,
            leds: 0,
            typematic: Self::TYPEMATIC,
            repeat: None,
            expects: None,
            last: 0,
        }
    }

    pub(super) const fn leds(&self) -> u8 {
        self.leds
    }

    /// A key changes. False if there is no room, and nothing has been queued.
    pub(super) fn key(&mut self, key: Key, pressed: bool, now: u64) -> bool {
        if !self.scanning {
            return true;
        }
        let queued = self.send(key, pressed);
        if pressed && key != Key::Pause {
            self.repeat = Some(Repeat { key, due: now.saturating_add(self.delay()) });
        } else if self.repeat.is_some_and(|repeat| repeat.key == key) {
            self.repeat = None;
        }
        queued
    }

    pub(super) fn next_deadline(&self) -> Option<u64> {
        self.repeat.map(|repeat| repeat.due)
    }

    /// Repeats the key that is held down, once; not at all while the guest does not read.
    pub(super) fn advance(&mut self, now: u64) {
        if let Some(Repeat { key, due }) = self.repeat
            && due <= now
        {
            self.repeat = Some(Repeat { key, due: now.saturating_add(self.period().max(1)) });
            if self.queue.is_empty() {
                self.send(key, true);
            }
        }
    }

    /// The next byte for the controller.
    pub(super) fn take(&mut self) -> Option<u8> {
        let byte = self.queue.pop_front()?;
        self.last = byte;
        Some(byte)
    }

    /// The guest writes to the keyboard.
    pub(super) fn write(&mut self, byte: u8) {
        if let Some(command) = self.expects.take() {
            return self.parameter(command, byte);
        }
        match byte {
            0xed | 0xf0 | 0xf3 => {
                self.expects = Some(byte);
                self.answer(&[ACKNOWLEDGE]);
            }
            0xee => self.answer(&[0xee]),
            0xf2 => self.answer(&[ACKNOWLEDGE, IDENTITY[0], IDENTITY[1]]),
            0xf4 => {
                self.clear();
                self.scanning = true;
                self.answer(&[ACKNOWLEDGE]);
            }
            0xf5 | 0xf6 => {
                self.defaults();
                self.scanning = byte == 0xf6;
                self.answer(&[ACKNOWLEDGE]);
            }
            // For set 3, which is not there: all keys repeat and tell of their release already.
            0xf7..=0xfa => self.answer(&[ACKNOWLEDGE]),
            0xfe => self.answer(&[self.last]),
            0xff => {
                self.defaults();
                self.scanning = true;
                self.leds = 0;
                self.answer(&[ACKNOWLEDGE, SELF_TEST_PASSED]);
            }
            _ => self.answer(&[RESEND]),
        }
    }

    fn parameter(&mut self, command: u8, byte: u8) {
        match (command, byte) {
            (0xed, _) => self.leds = byte & 7,
            (0xf3, _) => self.typematic = byte & 0x7f,
            (_, 0) => return self.answer(&[ACKNOWLEDGE, self.set as u8]),
            (_, 1) => self.set = Set::One,
            (_, 2) => self.set = Set::Two,
            _ => return self.answer(&[RESEND]),
        }
        self.answer(&[ACKNOWLEDGE]);
    }

    fn defaults(&mut self) {
        self.clear();
        self.set = Set::Two;
        self.typematic = Self::TYPEMATIC;
    }

    fn clear(&mut self) {
        self.queue.clear();
        self.repeat = None;
    }

    /// Answers find their place: what does not fit is lost, as the guest does not read.
    fn answer(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let _ = self.queue.push_back(byte);
        }
    }

    /// Queues a key's code, whole or not at all.
    fn send(&mut self, key: Key, pressed: bool) -> bool {
        let mut code = heapless::Vec::<u8, LONGEST>::new();
        let (prefix, number) = match (key, self.set) {
            (Key::Pause, _) if !pressed => return true,
            (Key::Pause, Set::One) => (&[0xe1, 0x1d, 0x45, 0xe1, 0x9d][..], 0xc5),
            (Key::Pause, Set::Two) => {
                (&[0xe1, 0x14, 0x77, 0xe1, RELEASED, 0x14, RELEASED][..], 0x77)
            }
            (Key::Plain(number), _) => (&[][..], number & 0x7f),
            (Key::Extended(number), _) => (&[EXTENDED][..], number & 0x7f),
        };
        let _ = code.extend_from_slice(prefix);
        let released = !pressed;
        let _ = match (key, self.set) {
            (Key::Pause, _) => code.push(number),
            (_, Set::One) => code.push(number | if released { 0x80 } else { 0 }),
            (_, Set::Two) if released => {
                code.push(RELEASED).and_then(|()| code.push(to_set_2(number)))
            }
            (_, Set::Two) => code.push(to_set_2(number)),
        };
        if code.len() + RESERVED > QUEUE - self.queue.len() {
            return false;
        }
        self.answer(&code);
        true
    }

    /// Ticks until the first repeat: 250 to 1000 ms.
    const fn delay(&self) -> u64 {
        let quarters = (self.typematic >> 5 & 3) as u64 + 1;
        (self.ticks_per_second / 4).saturating_mul(quarters)
    }

    /// Ticks between repeats: (8 + A) times 2 to the B, in units of 1/240 second.
    const fn period(&self) -> u64 {
        let units = (8 + (self.typematic & 7) as u64) << (self.typematic >> 3 & 3);
        (self.ticks_per_second / 240).saturating_mul(units)
    }
}
