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
    fn a_halted_world_waits_for_its_monitors_events() {
        assert_eq!(Activity::Guest { mask: 2 }.halted(), Activity::Halted { mask: 2 });
        assert_eq!(Activity::Halted { mask: 2 }.mask(), 2);
        assert_eq!(Activity::Native.halted(), Activity::Native);
        assert_eq!(Activity::Native.mask(), 0);
    }
}
