//! Device status and features (virtio 1.2, sections 2.1, 2.2 and 6).

/// Status: the guest saw the device.
pub const ACKNOWLEDGE: u8 = 1;
/// Status: the guest has a driver.
pub const DRIVER: u8 = 2;
/// Status: the driver is ready.
pub const DRIVER_OK: u8 = 4;
/// Status: driver and device agree about features.
pub const FEATURES_OK: u8 = 8;
/// Status: the device stopped.
pub const NEEDS_RESET: u8 = 0x40;
/// Status: the driver gave up.
pub const FAILED: u8 = 0x80;

/// Feature: chains may lie in tables of their own.
pub const INDIRECT_DESCRIPTORS: u64 = 1 << 28;
/// Feature: both sides say from which index on they want to hear.
pub const EVENT_INDEX: u64 = 1 << 29;
/// Feature: this is not a legacy device.
pub const VERSION_1: u64 = 1 << 32;
/// What every device offers. `ACCESS_PLATFORM` is not among it: addresses are guest-physical.
const TRANSPORT: u64 = INDIRECT_DESCRIPTORS | EVENT_INDEX | VERSION_1;

/// What happened by a write of the status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// Nothing to do for the device.
    None,
    /// The driver resets the device.
    Reset,
    /// The driver is ready from now on.
    Started,
}

/// Status and features of one device.
#[derive(Clone, Debug)]
pub(super) struct Negotiation {
    offered: u64,
    accepted: u64,
    status: u8,
    /// Which half of the features the two windows show.
    pub(super) offered_half: u32,
    pub(super) accepted_half: u32,
}

impl Negotiation {
    /// A device that offers features of its kind.
    pub(super) const fn new(features: u64) -> Self {
        Self {
            offered: features | TRANSPORT,
            accepted: 0,
            status: 0,
            offered_half: 0,
            accepted_half: 0,
        }
    }

    pub(super) const fn status(&self) -> u8 {
        self.status
    }

    /// Whether driver and device work.
    pub(super) const fn is_running(&self) -> bool {
        self.status & (DRIVER_OK | NEEDS_RESET | FAILED) == DRIVER_OK
    }

    /// Whether features are agreed about, so that queues can be set up.
    pub(super) const fn is_agreed(&self) -> bool {
        self.status & FEATURES_OK != 0
    }

    /// Whether a feature is in use.
    pub(super) const fn has(&self, feature: u64) -> bool {
        self.accepted & feature != 0
    }

    /// What driver and device agreed about.
    pub(super) const fn accepted_features(&self) -> u64 {
        self.accepted
    }

    /// What the device stops with. Returns whether the driver has to be told.
    pub(super) fn stop(&mut self) -> bool {
        let running = self.is_running();
        self.status |= NEEDS_RESET;
        running
    }

    /// Writes the status: 0 resets; bits are only ever added, each when its time has come.
    pub(super) fn write(&mut self, value: u8) -> Change {
        if value == 0 {
            *self = Self::new(self.offered);
            return Change::Reset;
        }
        let before = self.status;
        self.status |= value & (ACKNOWLEDGE | DRIVER | FAILED);
        let sound = self.accepted & VERSION_1 != 0 && self.accepted & !self.offered == 0;
        if value & FEATURES_OK != 0 && self.status & DRIVER != 0 && sound {
            self.status |= FEATURES_OK;
        }
        if value & DRIVER_OK != 0 && self.is_agreed() {
            self.status |= DRIVER_OK;
        }
        if self.status & !before & DRIVER_OK != 0 { Change::Started } else { Change::None }
    }

    /// Half of what is offered.
    pub(super) const fn offered(&self) -> u32 {
        half(self.offered, self.offered_half)
    }

    /// Half of what the driver wants.
    pub(super) const fn accepted(&self) -> u32 {
        half(self.accepted, self.accepted_half)
    }

    /// The driver wants these, until they are agreed about.
    pub(super) fn accept(&mut self, value: u32) {
        let kept = match self.accepted_half {
            0 => self.accepted & !0xffff_ffff | u64::from(value),
            1 => self.accepted & 0xffff_ffff | u64::from(value) << 32,
            _ => return,
        };
        if !self.is_agreed() {
            self.accepted = kept;
        }
    }
}

const fn half(features: u64, half: u32) -> u32 {
    match half {
        0 => features as u32,
        1 => (features >> 32) as u32,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(features: u64) -> Negotiation {
        let mut negotiation = Negotiation::new(1 << 5);
        negotiation.write(ACKNOWLEDGE | DRIVER);
        for half in 0..3 {
            negotiation.accepted_half = half;
            negotiation.accept(features.checked_shr(32 * half).unwrap_or(u64::MAX) as u32);
        }
        negotiation.write(ACKNOWLEDGE | DRIVER | FEATURES_OK);
        negotiation
    }

    #[test]
    fn only_what_is_offered_is_agreed_about() {
        assert!(agreed(VERSION_1 | EVENT_INDEX | 1 << 5).is_agreed());
        assert!(!agreed(VERSION_1 | 1 << 6).is_agreed());
        assert!(!agreed(VERSION_1 | 1 << 33).is_agreed(), "ACCESS_PLATFORM is not offered");
        assert!(!agreed(EVENT_INDEX).is_agreed(), "legacy drivers are refused");
    }

    #[test]
    fn features_stay_once_agreed_about() {
        let mut negotiation = agreed(VERSION_1);
        negotiation.accepted_half = 0;
        negotiation.accept(EVENT_INDEX as u32);
        assert!(!negotiation.has(EVENT_INDEX) && negotiation.has(VERSION_1));
    }

    #[test]
    fn a_driver_starts_after_agreement_only() {
        let mut early = Negotiation::new(0);
        assert_eq!(early.write(ACKNOWLEDGE | DRIVER | DRIVER_OK), Change::None);
        assert!(!early.is_running());
        let mut negotiation = agreed(VERSION_1);
        assert_eq!(negotiation.write(15), Change::Started);
        assert_eq!(negotiation.write(15), Change::None);
        assert!(negotiation.is_running());
        negotiation.write(FAILED);
        assert!(!negotiation.is_running());
        assert_eq!(negotiation.write(0), Change::Reset);
        assert_eq!(negotiation.status(), 0);
    }

    #[test]
    fn only_a_reset_ends_a_stop() {
        let mut negotiation = agreed(VERSION_1);
        negotiation.write(15);
        assert!(negotiation.stop());
        assert!(!negotiation.stop(), "told once");
        negotiation.write(15);
        assert_eq!(negotiation.status(), 15 | NEEDS_RESET);
        negotiation.write(0);
        assert_eq!(negotiation.status(), 0);
    }
}
