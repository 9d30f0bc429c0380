//! What interrupts bring to one virtual processor.

use crate::local_apic::LocalApic;
use crate::message::{Delivery, Message};

/// What a virtual processor has to do besides taking interrupts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// INIT: stop, take the state after INIT, and wait for [`Event::Startup`].
    Init,
    /// Start in real mode at page number so much of memory (SIPI).
    Startup(u8),
    /// A non-maskable interrupt.
    NonMaskable,
}

/// One virtual processor's part of the platform.
#[derive(Debug)]
pub(super) struct Processor {
    pub(super) apic: LocalApic,
    /// It does not run before it is started.
    pub(super) waits: bool,
    /// The I/O APIC has passed an interrupt of the 8259 to it.
    pub(super) external: bool,
    init: bool,
    startup: Option<u8>,
    non_maskable: bool,
}

impl Processor {
    pub(super) const fn new(number: u8, ticks_per_second: u64) -> Self {
        Self {
            apic: LocalApic::new(number, ticks_per_second),
            waits: number != 0,
            external: false,
            init: false,
            startup: None,
            non_maskable: false,
        }
    }

    /// A message for this processor arrives.
    pub(super) fn receive(&mut self, message: &Message) {
        match message.delivery {
            Delivery::Fixed | Delivery::LowestPriority => self.apic.receive(message),
            Delivery::NonMaskable => self.non_maskable = !self.waits,
            Delivery::Init => {
                self.apic.initialize();
                self.waits = true;
                self.external = false;
                self.init = true;
                self.startup = None;
                self.non_maskable = false;
            }
            // Only one that waits can be started.
            Delivery::Startup if self.waits => {
                self.waits = false;
                self.startup = Some(message.vector);
            }
            Delivery::Startup | Delivery::SystemManagement => {}
            Delivery::External => self.external = true,
        }
    }

    /// What to do next, in the order in which it has to be done.
    pub(super) fn take_event(&mut self) -> Option<Event> {
        if core::mem::take(&mut self.init) {
            return Some(Event::Init);
        }
        if let Some(page) = self.startup.take() {
            return Some(Event::Startup(page));
        }
        core::mem::take(&mut self.non_maskable).then_some(Event::NonMaskable)
    }

    /// There is something for [`Self::take_event`].
    pub(super) const fn has_event(&self) -> bool {
        self.init || self.startup.is_some() || self.non_maskable
    }
}
