//! The lattice of levels: a classification from an ordered list and a set of compartments.

use serde::{Deserialize, Serialize};

use crate::ClassificationIndex;

/// How many classifications a lattice may have. Marking strips stop being tellable apart long before.
pub const MAX_CLASSIFICATIONS: usize = 16;

/// How many compartments a lattice may have: one bit each.
pub const MAX_COMPARTMENTS: usize = 64;

/// A set of compartments, bit *n* for the policy's *n*-th compartment.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct CompartmentSet(pub u64);

impl CompartmentSet {
    /// The set without compartments.
    pub const EMPTY: Self = Self(0);

    /// This set and the compartment with number `index`; numbers of 64 and more add nothing.
    pub const fn with(self, index: usize) -> Self {
        if index < MAX_COMPARTMENTS { Self(self.0 | 1 << index) } else { self }
    }

    /// Whether the compartment with number `index` is in the set.
    pub const fn contains(self, index: usize) -> bool {
        index < MAX_COMPARTMENTS && self.0 & (1 << index) != 0
    }

    /// Whether each member of `other` is a member of this set.
    pub const fn includes(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// The numbers of the members, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..MAX_COMPARTMENTS).filter(move |&index| self.contains(index))
    }
}

/// A level: how secret, and about what.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Level {
    /// Position in the policy's list of classifications, 0 is the lowest.
    pub classification: ClassificationIndex,
    /// The compartments.
    pub compartments: CompartmentSet,
}

impl Level {
    /// The level with this classification and these compartments.
    pub const fn new(classification: ClassificationIndex, compartments: CompartmentSet) -> Self {
        Self { classification, compartments }
    }

    /// Whether data of level `other` may flow to a subject of this level: this classification is at
    /// least the other's, and these compartments include the other's.
    pub const fn dominates(self, other: Self) -> bool {
        self.classification.0 >= other.classification.0
            && self.compartments.includes(other.compartments)
    }

    /// The lowest level that dominates both (least upper bound).
    pub const fn join(self, other: Self) -> Self {
        let classification = if self.classification.0 >= other.classification.0 {
            self.classification
        } else {
            other.classification
        };
        Self::new(classification, CompartmentSet(self.compartments.0 | other.compartments.0))
    }

    /// The highest level that both dominate (greatest lower bound).
    pub const fn meet(self, other: Self) -> Self {
        let classification = if self.classification.0 <= other.classification.0 {
            self.classification
        } else {
            other.classification
        };
        Self::new(classification, CompartmentSet(self.compartments.0 & other.compartments.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small_lattice() -> impl Iterator<Item = Level> + Clone {
        (0..3u8).flat_map(|classification| {
            (0..4u64).map(move |set| {
                Level::new(ClassificationIndex(classification), CompartmentSet(set))
            })
        })
    }

    #[test]
    fn dominance_is_a_partial_order() {
        for a in small_lattice() {
            assert!(a.dominates(a));
            for b in small_lattice() {
                assert!(!(a.dominates(b) && b.dominates(a)) || a == b);
                for c in small_lattice() {
                    assert!(!(a.dominates(b) && b.dominates(c)) || a.dominates(c));
                }
            }
        }
    }

    #[test]
    fn join_is_the_least_upper_and_meet_the_greatest_lower_bound() {
        for a in small_lattice() {
            for b in small_lattice() {
                let (join, meet) = (a.join(b), a.meet(b));
                assert!(join.dominates(a) && join.dominates(b));
                assert!(a.dominates(meet) && b.dominates(meet));
                for other in small_lattice() {
                    assert!(!(other.dominates(a) && other.dominates(b)) || other.dominates(join));
                    assert!(!(a.dominates(other) && b.dominates(other)) || meet.dominates(other));
                }
            }
        }
    }

    #[test]
    fn compartments_beyond_the_last_bit_are_never_members() {
        assert_eq!(CompartmentSet::EMPTY.with(64), CompartmentSet::EMPTY);
        assert!(!CompartmentSet(u64::MAX).contains(64));
    }
}
