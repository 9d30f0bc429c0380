//! The PM1 event registers.

/// Bits of status and, at the same places, of enable.
pub(super) mod status {
    /// The highest bit of the timer has changed.
    pub const TIMER: u16 = 1 << 0;
    /// Firmware has released the global lock: there is none.
    pub const GLOBAL: u16 = 1 << 5;
    /// The power button was pressed.
    pub const POWER_BUTTON: u16 = 1 << 8;
    /// All that can be enabled.
    pub const ALL: u16 = TIMER | GLOBAL | POWER_BUTTON;
}

/// Status, enable and the timer's changes.
#[derive(Debug)]
pub(super) struct Events {
    pub(super) status: u16,
    pub(super) enable: u16,
    /// The timer's count up to which the status is right.
    checked: u64,
}

impl Events {
    /// Counts between changes of the timer's highest bit.
    const HALF: u64 = 1 << 31;

    pub(super) const fn new() -> Self {
        Self { status: 0, enable: 0, checked: 0 }
    }

    pub(super) const fn irq(&self) -> bool {
        self.status & self.enable != 0
    }

    pub(super) const fn raise(&mut self, bits: u16) {
        self.status |= bits;
    }

    /// Writing ones clears.
    pub(super) const fn acknowledge(&mut self, bits: u16) {
        self.status &= !bits;
    }

    pub(super) const fn set_enable(&mut self, bits: u16) {
        self.enable = bits & status::ALL;
    }

    pub(super) fn advance(&mut self, count: u64) {
        if count / Self::HALF > self.checked / Self::HALF {
            self.raise(status::TIMER);
        }
        self.checked = self.checked.max(count);
    }

    /// The count at which an enabled timer raises its status.
    pub(super) fn next_change(&self) -> Option<u64> {
        let wanted = self.enable & !self.status & status::TIMER != 0;
        wanted.then(|| (self.checked / Self::HALF + 1).saturating_mul(Self::HALF))
    }
}
