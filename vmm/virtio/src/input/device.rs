//! The device: what the user does goes into the queue of events.

use cloister_device::{GuestMemory, Width};

use super::{
    Axis, Kind, TABLET_LARGEST,
    capabilities::{ABSOLUTE, KEY, RELATIVE},
    configuration::{SIZE, Selection},
    events::{EVENT_SIZE, Events},
    state::State,
};
use crate::{
    Progress,
    queue::{Chain, Malformed, Queue},
    transport::{CHAINS, Device, QUEUES},
};

/// The queue of buffers for events; the other one is for lights and the like.
const EVENTS: usize = 0;

/// A keyboard, mouse or tablet.
///
/// What is told between two calls of [`Self::report`] happens at one instant for the guest.
#[derive(Clone, Debug)]
pub struct Input {
    kind: Kind,
    selection: Selection,
    state: State,
    events: Events,
}

impl Input {
    /// A device of a kind, with nothing pressed.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { kind, selection: Selection::START, state: State::new(), events: Events::new() }
    }

    /// A key or button is pressed or released. Codes that this kind does not have do nothing.
    pub fn key(&mut self, code: u16, pressed: bool) {
        if !self.kind.has(KEY, code) {
            return;
        }
        // Both ways between two reports: the first is one of its own.
        let (is_pressed, is_reported) = self.state.key(code);
        if !is_reported && is_pressed != pressed {
            self.report();
        }
        self.state.set_key(code, pressed);
    }

    /// The mouse moved, or a wheel turned.
    pub fn relative(&mut self, axis: Axis, distance: i32) {
        if self.kind.has(RELATIVE, axis.code()) {
            self.state.r#move(axis, distance);
        }
    }

    /// The tablet's pointer is at a place, from 0 to [`TABLET_LARGEST`], on axis X or Y.
    pub fn absolute(&mut self, axis: Axis, place: u32) {
        if self.kind.has(ABSOLUTE, axis.code()) {
            self.state.place(axis, place.min(TABLET_LARGEST));
        }
    }

    /// Ends a report: what was told since the last one is for the driver when the device is processed.
    pub fn report(&mut self) {
        self.state.report(self.kind, &mut self.events);
    }
}

impl Device for Input {
    const KIND: u16 = 18;
    const QUEUE_SIZES: &'static [u16] = &[64, 64];
    const CONFIGURATION: u32 = SIZE;

    fn class(&self) -> u32 {
        self.kind.class()
    }

    fn features(&self) -> u64 {
        0
    }

    fn read(&self, offset: u64, width: Width) -> u64 {
        self.selection.read(self.kind, offset, width)
    }

    fn write(&mut self, offset: u64, width: Width, value: u64) {
        self.selection.write(offset, width, value);
    }

    fn reset(&mut self) {
        self.selection = Selection::START;
        self.events.clear();
    }

    fn start(&mut self, _: u64) {
        // What the user did before is not for this driver; what is held down is.
        self.events.clear();
        self.state.begin();
        self.report();
    }

    fn process<M: GuestMemory + ?Sized>(
        &mut self,
        queue: usize,
        [events, status, ..]: &mut [Queue; QUEUES],
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Progress, Malformed> {
        for _ in 0..CHAINS {
            if queue != EVENTS {
                if !status.pop(memory, chain)? {
                    return Ok(Progress::Done);
                }
                status.push(memory, chain.head(), 0)?;
                continue;
            }
            if self.events.first().is_none() {
                self.report();
            }
            let Some(event) = self.events.first() else { return Ok(Progress::Done) };
            if !events.pop(memory, chain)? {
                return Ok(Progress::Done);
            }
            if chain.writable().write(memory, &event.bytes())? < EVENT_SIZE {
                return Err(Malformed::Room);
            }
            self.events.consume();
            events.push(memory, chain.head(), EVENT_SIZE as u32)?;
        }
        Ok(Progress::More)
    }
}
