//! Events that wait for the driver.

/// Bytes of an event in the queue.
pub(super) const EVENT_SIZE: usize = 8;
/// Events that can wait.
const CAPACITY: usize = 64;

/// An event.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Event {
    pub(super) kind: u16,
    pub(super) code: u16,
    pub(super) value: u32,
}

impl Event {
    /// As it lies in a buffer.
    pub(super) fn bytes(self) -> [u8; EVENT_SIZE] {
        let packed =
            u64::from(self.kind) | u64::from(self.code) << 16 | u64::from(self.value) << 32;
        packed.to_le_bytes()
    }
}

/// A bounded queue of events.
#[derive(Clone, Debug)]
pub(super) struct Events {
    events: [Event; CAPACITY],
    first: usize,
    count: usize,
}

impl Events {
    pub(super) const fn new() -> Self {
        let none = Event { kind: 0, code: 0, value: 0 };
        Self { events: [none; CAPACITY], first: 0, count: 0 }
    }

    pub(super) const fn clear(&mut self) {
        self.count = 0;
    }

    /// How many more fit.
    pub(super) const fn room(&self) -> usize {
        CAPACITY - self.count
    }

    /// Appends an event, if there is room.
    pub(super) fn push(&mut self, event: Event) {
        if self.count < CAPACITY
            && let Some(place) = self.events.get_mut((self.first + self.count) % CAPACITY)
        {
            *place = event;
            self.count += 1;
        }
    }

    /// The oldest event.
    pub(super) fn first(&self) -> Option<Event> {
        if self.count == 0 { None } else { self.events.get(self.first).copied() }
    }

    /// Takes away the oldest event.
    pub(super) const fn consume(&mut self) {
        if self.count > 0 {
            self.first = (self.first + 1) % CAPACITY;
            self.count -= 1;
        }
    }
}
