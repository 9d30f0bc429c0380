//! A set of interrupt vectors.

/// A set of vectors whose highest is found in a few instructions.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Vectors {
    words: [u64; 4],
    /// Which words are not zero.
    summary: u8,
}

impl Vectors {
    pub(super) const EMPTY: Self = Self { words: [0; 4], summary: 0 };

    #[inline]
    pub(super) const fn insert(&mut self, vector: u8) {
        let word = vector >> 6;
        self.words[word as usize] |= 1 << (vector & 63);
        self.summary |= 1 << word;
    }

    #[inline]
    pub(super) const fn remove(&mut self, vector: u8) {
        let word = vector >> 6;
        self.words[word as usize] &= !(1 << (vector & 63));
        if self.words[word as usize] == 0 {
            self.summary &= !(1 << word);
        }
    }

    #[inline]
    pub(super) const fn contains(&self, vector: u8) -> bool {
        self.words[(vector >> 6) as usize] & 1 << (vector & 63) != 0
    }

    #[inline]
    pub(super) const fn highest(&self) -> Option<u8> {
        if self.summary == 0 {
            return None;
        }
        // Four words: the summary has bits 0 to 3.
        let word = (7 - self.summary.leading_zeros() as u8) & 3;
        let bit = 63 - (self.words[word as usize] | 1).leading_zeros() as u8;
        Some(word << 6 | bit)
    }

    /// One of the eight registers of 32 vectors that show the set.
    pub(super) const fn register(&self, number: u8) -> u32 {
        let word = self.words[(number >> 1 & 3) as usize];
        (word >> (32 * (number & 1) as u32)) as u32
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set(steps in prop::collection::vec((any::<u8>(), any::<bool>()), 0..200)) {
            let (mut vectors, mut expected) = (Vectors::EMPTY, BTreeSet::new());
            for (vector, insert) in steps {
                if insert {
                    vectors.insert(vector);
                    expected.insert(vector);
                } else {
                    vectors.remove(vector);
                    expected.remove(&vector);
                }
                prop_assert_eq!(vectors.contains(vector), insert);
                prop_assert_eq!(vectors.highest(), expected.last().copied());
                let shown = (vectors.register(vector >> 5) >> (vector & 31)) & 1;
                prop_assert_eq!(shown == 1, insert);
            }
        }
    }
}
