//! What a subject that may run is doing, and the handover between a monitor and its world.
//!
//! Monitor and world share the frames of one subject: handing over changes who uses the rest of the
//! frame, never when it ends.

/// What an active subject is doing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Activity {
    /// Its native program runs: a component, or the monitor of a world.
    Native,
    /// The native program waits for one of the events of the mask.
    Waiting {
        /// What it waits for.
        mask: u64,
    },
    /// The world runs, its monitor has handed over.
    Guest {
        /// Events that bring the monitor back.
        mask: u64,
    },
    /// The world has halted its virtual processor and the monitor has nothing to do.
    Halted {
        /// Events that bring the monitor back.
        mask: u64,
    },
}

impl Activity {
    /// The events that make the native program run.
    #[must_use]
    pub const fn mask(self) -> u64 {
        match self {
            Self::Native => 0,
            Self::Waiting { mask } | Self::Guest { mask } | Self::Halted { mask } => mask,
        }
    }

    /// Whether it can use the processor without an event.
    #[must_use]
    pub const fn runs(self) -> bool {
        matches!(self, Self::Native | Self::Guest { .. })
    }

    /// Whether it can use the processor, given its pending events.
    #[must_use]
    pub const fn runs_with(self, events: u64) -> bool {
        self.runs() || events & self.mask() != 0
    }

    /// The world has halted. Without a world nothing changes.
    #[must_use]
    pub const fn halted(self) -> Self {
        match self {
            Self::Guest { mask } => Self::Halted { mask },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_waits_needs_an_event_and_only_one_of_its_mask() {
        assert!(Activity::Native.runs_with(0));
        assert!(Activity::Guest { mask: 1 }.runs_with(0));
        for mask in [Activity::Waiting { mask: 0b10 }, Activity::Guest { mask: 0b10 }.halted()] {
            assert!(!mask.runs_with(0b01));
            assert!(mask.runs_with(0b11));
        }
        assert_eq!(Activity::Native.halted(), Activity::Native);
    }
}
