//! Levels, as far as the kernel needs them: to see that time left over flows only upward.
//!
//! The policy's own lattice type lives in `cloister-policy-format`; the kernel does not link that
//! crate, which holds a decoder and signature checks.

/// A classification with compartments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Level {
    /// Position of the classification in the policy's order; 0 is the lowest.
    pub classification: u8,
    /// The compartments, a bit each.
    pub compartments: u64,
}

impl Level {
    /// Whether what is at `other` may flow here.
    #[must_use]
    pub const fn dominates(self, other: Self) -> bool {
        self.classification >= other.classification
            && self.compartments & other.compartments == other.compartments
    }
}

/// The levels that a subject handles: one for most, several for one that is trusted to keep them
/// apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LevelRange {
    /// The lowest: what may flow to the subject without its help must be dominated by it.
    pub low: Level,
    /// The highest: what the subject does may depend on data of this level.
    pub high: Level,
}

impl LevelRange {
    /// The range of a subject that handles one level.
    #[must_use]
    pub const fn single(level: Level) -> Self {
        Self { low: level, high: level }
    }

    /// Whether anything that `other` does, its use of time included, may be seen by this subject.
    #[must_use]
    pub const fn may_see(self, other: Self) -> bool {
        self.low.dominates(other.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn level(classification: u8, compartments: u64) -> Level {
        Level { classification, compartments }
    }

    #[test]
    fn dominance_takes_classification_and_compartments() {
        assert!(level(2, 0b11).dominates(level(1, 0b10)));
        assert!(level(1, 0).dominates(level(1, 0)));
        assert!(!level(2, 0b01).dominates(level(1, 0b10)));
        assert!(!level(1, 0b11).dominates(level(2, 0b01)));
    }

    #[test]
    fn a_trusted_subject_is_seen_at_its_highest_and_sees_at_its_lowest() {
        let trusted = LevelRange { low: level(0, 0), high: level(2, 0) };
        let middle = LevelRange::single(level(1, 0));
        assert!(!middle.may_see(trusted));
        assert!(!trusted.may_see(middle));
        assert!(LevelRange::single(level(2, 0)).may_see(trusted));
    }
}
