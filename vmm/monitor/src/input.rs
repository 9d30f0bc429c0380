//! What the user does: it comes from the trusted GUI by the world's input channel, and goes to the
//! guest's keyboard and mouse. Those of virtio get it when a driver works with them, else those of the
//! PC, so that the guest has both from its first line and nothing twice.

use cloister_platform::Platform;
use cloister_platform::i8042::Key;
use cloister_runtime::abi::{InfoPage, WorldPage};
use cloister_runtime::ring::{INPUT_RECORD_BYTES, InputRecord, Reader};
use cloister_runtime::{Channel, now};
use cloister_virtio::Peripheral;
use cloister_virtio::input::{Axis, Input as Device};
use cloister_virtio::transport::Virtio;

use crate::machine::PROCESSORS;
use crate::peripherals::{KEYBOARD, POINTER, PciBus};

/// Records that are taken at once at most.
const MOST: usize = 64;
/// Codes from here on are mouse buttons, left, right, middle and two at the side; before them, keys.
const BUTTON: u16 = 0x110;
const BUTTONS: u16 = 5;

/// The reading end of the channel, and what was made of it.
pub struct Input {
    channel: Option<(u64, Reader<'static>)>,
    /// A record for which the keyboard had no room yet.
    pending: Option<InputRecord>,
    /// Keys that are down, one bit each.
    down: [u64; BUTTON as usize / 64],
    /// Mouse buttons that are down.
    buttons: u8,
    /// How often records were lost, or the GUI began anew.
    breaks: u64,
}

impl Input {
    /// The end that the world was given, if it has one.
    pub fn of(info: &'static InfoPage, page: &'static WorldPage) -> Self {
        let channel = Channel::all(info)
            .nth(page.input_channel as usize)
            .and_then(|channel| Some((channel.event(), channel.reader()?)));
        Self { channel, pending: None, down: [0; BUTTON as usize / 64], buttons: 0, breaks: 0 }
    }

    /// The event that says that the user has done something.
    pub fn event(&self) -> u64 {
        self.channel.as_ref().map_or(0, |(event, _)| *event)
    }

    /// Whether a record waits for room in the keyboard.
    pub const fn waits(&self) -> bool {
        self.pending.is_some()
    }

    /// Passes on what has come.
    pub fn work(&mut self, platform: &mut Platform<PROCESSORS>, bus: &mut PciBus) {
        for _ in 0..MOST {
            let Some(record) = self.pending.take().or_else(|| self.read(platform, bus)) else {
                return;
            };
            if !self.pass(record, platform, bus) {
                self.pending = Some(record);
                return;
            }
        }
    }

    /// The next record. Where some are missing, a release may be among them: all keys are let go first.
    fn read(
        &mut self,
        platform: &mut Platform<PROCESSORS>,
        bus: &mut PciBus,
    ) -> Option<InputRecord> {
        let (_, ring) = self.channel.as_mut()?;
        let mut bytes = [0; INPUT_RECORD_BYTES];
        let read = ring.read(&mut bytes)?;
        let statistics = ring.statistics();
        let breaks = statistics.overruns + statistics.malformed + statistics.epoch_changes;
        if breaks != self.breaks {
            self.breaks = breaks;
            self.release_all(platform, bus);
        }
        let record = InputRecord::from_bytes(bytes).filter(|_| read.length == bytes.len());
        // What is no record does nothing.
        Some(record.unwrap_or(InputRecord::Move { right: 0, down: 0 }))
    }

    fn release_all(&mut self, platform: &mut Platform<PROCESSORS>, bus: &mut PciBus) {
        for code in 0..BUTTON {
            if self.is_down(code) {
                // Where there is no room, more was lost already than one release.
                let _ = self.pass(InputRecord::Key { code, pressed: false }, platform, bus);
            }
        }
        self.buttons = 0;
        platform.mouse(0, 0, 0, 0);
    }

    fn is_down(&self, code: u16) -> bool {
        self.down.get(usize::from(code / 64)).is_some_and(|word| word >> (code % 64) & 1 != 0)
    }

    /// Gives a record to the device that it is for; false if that has no room.
    fn pass(
        &mut self,
        record: InputRecord,
        platform: &mut Platform<PROCESSORS>,
        bus: &mut PciBus,
    ) -> bool {
        match record {
            InputRecord::Key { code, pressed } if code < BUTTON => {
                if !key(code, pressed, platform, bus) {
                    return false;
                }
                if let Some(word) = self.down.get_mut(usize::from(code / 64)) {
                    *word = *word & !(1 << (code % 64)) | u64::from(pressed) << (code % 64);
                }
            }
            InputRecord::Key { code, pressed } => {
                let Some(bit) = code.checked_sub(BUTTON).filter(|bit| *bit < BUTTONS) else {
                    return true;
                };
                self.buttons = self.buttons & !(1 << bit) | u8::from(pressed) << bit;
                match device(bus, POINTER) {
                    Some(mouse) => {
                        mouse.key(code, pressed);
                        mouse.report();
                    }
                    None => platform.mouse(0, 0, 0, self.buttons),
                }
            }
            InputRecord::Move { right, down } => match device(bus, POINTER) {
                Some(mouse) => {
                    mouse.relative(Axis::X, right.into());
                    mouse.relative(Axis::Y, down.into());
                    mouse.report();
                }
                None => platform.mouse(right.into(), down.into(), 0, self.buttons),
            },
            InputRecord::Wheel { steps } => match device(bus, POINTER) {
                Some(mouse) => {
                    mouse.relative(Axis::Wheel, steps.into());
                    mouse.report();
                }
                None => platform.mouse(0, 0, steps.into(), self.buttons),
            },
            // The mouse of this machine tells of movements only.
            InputRecord::Position { .. } => {}
        }
        true
    }
}

/// A key for whichever keyboard the guest uses; false if that has no room.
fn key(code: u16, pressed: bool, platform: &mut Platform<PROCESSORS>, bus: &mut PciBus) -> bool {
    if let Some(keyboard) = device(bus, KEYBOARD) {
        keyboard.key(code, pressed);
        keyboard.report();
        return true;
    }
    // A key that such a keyboard lacks is as if it had not been pressed.
    Key::from_code(code).is_none_or(|key| platform.key(key, pressed, now()))
}

/// A device of virtio, if a driver works with it.
fn device(bus: &mut PciBus, slot: usize) -> Option<&mut Device> {
    match bus.function(slot)? {
        Peripheral::Input(input) if input.is_running() => Some(Virtio::device(input)),
        _ => None,
    }
}
