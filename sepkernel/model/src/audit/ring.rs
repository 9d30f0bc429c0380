//! Where records go in a ring that never waits for its reader.

/// One processor's ring: the next record's number and the ring's size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ring {
    mask: u64,
    next: u64,
}

/// Where a record goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The record's sequence number.
    pub sequence: u64,
    /// Its position in the ring.
    pub position: u64,
}

impl Ring {
    /// An empty ring of `capacity` records, a power of two.
    #[must_use]
    pub const fn new(capacity: u64) -> Option<Self> {
        if capacity.is_power_of_two() {
            Some(Self { mask: capacity.wrapping_sub(1), next: 0 })
        } else {
            None
        }
    }

    /// The place of the next record. The writer fills it and then publishes [`Self::next`].
    #[must_use]
    pub const fn push(&mut self) -> Place {
        let sequence = self.next;
        self.next = sequence.wrapping_add(1);
        self.place(sequence)
    }

    /// Where the record with this number is, if it is there at all.
    #[must_use]
    pub const fn place(&self, sequence: u64) -> Place {
        Place { sequence, position: sequence & self.mask }
    }

    /// The number that the next record will have.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// How many records are no longer there.
    #[must_use]
    pub const fn overwritten(&self) -> u64 {
        self.next.saturating_sub(self.mask).saturating_sub(1)
    }

    /// Whether what a reader read as the record with this number is whole, given the `next` that
    /// it reads *afterwards*: the writer may then already be filling the place of `next`.
    #[must_use]
    pub const fn is_whole(&self, sequence: u64, next: u64) -> bool {
        sequence < next && next.wrapping_sub(sequence) <= self.mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_two() {
        assert!(Ring::new(0).is_none() && Ring::new(3).is_none() && Ring::new(1).is_some());
    }

    #[test]
    fn what_is_overwritten_is_counted() {
        let mut ring = Ring::new(4).unwrap();
        let positions: std::vec::Vec<_> = (0..6).map(|_| ring.push().position).collect();
        assert_eq!(positions, [0, 1, 2, 3, 0, 1]);
        assert_eq!((ring.next(), ring.overwritten()), (6, 2));
    }

    #[test]
    fn a_reader_trusts_only_what_the_writer_cannot_have_begun_to_overwrite() {
        let ring = Ring::new(4).unwrap();
        let whole: std::vec::Vec<_> = (0..10).filter(|&n| ring.is_whole(n, 6)).collect();
        assert_eq!(whole, [3, 4, 5], "2 lies where 6 is being written");
    }
}
