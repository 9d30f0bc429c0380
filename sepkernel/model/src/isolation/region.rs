//! The resource map: who reaches which frames, by what, and how.

use super::frames::FrameRange;
use super::violation::Violation;
use crate::subject::SubjectId;

/// What a mapping allows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Rights {
    /// Writing.
    pub write: bool,
    /// Execution.
    pub execute: bool,
}

/// By which tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Through {
    /// The page tables of a native program or the kernel.
    Native = 0,
    /// The nested page tables of a world.
    Nested = 1,
    /// The I/O page tables of its devices.
    Device = 2,
}

/// An entry of the resource map.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Region {
    /// The frames.
    pub frames: FrameRange,
    /// Who reaches them; [`SubjectId::KERNEL`] for the kernel.
    pub subject: SubjectId,
    /// By what.
    pub through: Through,
    /// How; reading is always allowed.
    pub rights: Rights,
}

/// Bytes of a region in the form that is measured.
pub const REGION_BYTES: usize = 24;

impl Region {
    /// No frames.
    pub const EMPTY: Self = Self {
        frames: FrameRange { first: 0, end: 0 },
        subject: SubjectId::KERNEL,
        through: Through::Native,
        rights: Rights { write: false, execute: false },
    };

    /// The region in the form that is measured: first frame, frame behind the last, subject, tables,
    /// rights; little-endian.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; REGION_BYTES] {
        let about = u64::from(self.subject.0)
            | u64::from(self.through as u8) << 16
            | u64::from(self.rights.write) << 24
            | u64::from(self.rights.execute) << 25;
        let mut bytes = [0; REGION_BYTES];
        let words = [self.frames.first, self.frames.end, about];
        for (chunk, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *chunk = word.to_le_bytes();
        }
        bytes
    }

    /// Whether the two differ in their frames only.
    fn is_like(&self, other: &Self) -> bool {
        (self.subject, self.through, self.rights) == (other.subject, other.through, other.rights)
    }

    /// Takes the frames of a region that begins in or right behind this one.
    fn absorb(&mut self, next: &Self) -> bool {
        let touches =
            self.frames.first <= next.frames.first && next.frames.first <= self.frames.end;
        let absorbs = touches && self.is_like(next);
        if absorbs {
            self.frames.end = self.frames.end.max(next.frames.end);
        }
        absorbs
    }
}

/// Regions in the room that the caller gave.
pub struct Regions<'r> {
    room: &'r mut [Region],
    used: usize,
}

impl<'r> Regions<'r> {
    pub const fn new(room: &'r mut [Region]) -> Self {
        Self { room, used: 0 }
    }

    /// Adds a region, to the one added last if it continues that.
    pub fn add(&mut self, region: Region) -> Result<(), Violation> {
        let last = self.used.checked_sub(1).and_then(|last| self.room.get_mut(last));
        if last.is_some_and(|last| last.absorb(&region)) {
            return Ok(());
        }
        *self.room.get_mut(self.used).ok_or(Violation::NoRoom)? = region;
        self.used = self.used.saturating_add(1);
        Ok(())
    }

    /// The map: regions of one kind merged where they touch or overlap, sorted by frame.
    pub fn into_map(mut self) -> &'r [Region] {
        let key = |region: &Region| (region.subject, region.through, region.rights, region.frames);
        let (used, _) = self.room.split_at_mut_checked(self.used).unwrap_or_default();
        used.sort_unstable_by_key(key);
        self.merge();
        let (used, _) = self.room.split_at_mut_checked(self.used).unwrap_or_default();
        used.sort_unstable();
        used
    }

    fn merge(&mut self) {
        let count = core::mem::replace(&mut self.used, 0);
        for position in 0..count {
            let Some(&region) = self.room.get(position) else { return };
            // Never without room: fewer are added than were taken.
            let _ = self.add(region);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn region(first: u64, end: u64, subject: u16, write: bool) -> Region {
        Region {
            frames: FrameRange { first, end },
            subject: SubjectId(subject),
            through: Through::Native,
            rights: Rights { write, execute: false },
        }
    }

    #[test]
    fn what_touches_is_merged_and_the_map_is_sorted_by_frame() {
        let mut room = [Region::EMPTY; 8];
        let mut regions = Regions::new(&mut room);
        for (first, end, subject, write) in [
            (40, 50, 1, true),
            (10, 20, 1, true),
            (5, 12, 0, false),
            (20, 30, 1, true),
            (15, 40, 1, true),
            (12, 14, 0, true),
        ] {
            regions.add(region(first, end, subject, write)).unwrap();
        }
        let map = [region(5, 12, 0, false), region(10, 50, 1, true), region(12, 14, 0, true)];
        assert_eq!(regions.into_map(), map);
    }

    #[test]
    fn too_little_room_is_told() {
        let mut room = [Region::EMPTY; 1];
        let mut regions = Regions::new(&mut room);
        assert_eq!(regions.add(region(0, 1, 0, false)), Ok(()));
        assert_eq!(regions.add(region(1, 2, 0, false)), Ok(()), "continues the first");
        assert_eq!(regions.add(region(3, 4, 0, false)), Err(Violation::NoRoom));
    }

    #[test]
    fn regions_that_differ_have_different_bytes() {
        let base = region(1, 2, 3, false);
        let nested = Region { through: Through::Nested, ..base };
        let executable = Region { rights: Rights { write: false, execute: true }, ..base };
        let all = [base, region(0, 2, 3, false), region(1, 3, 3, false), region(1, 2, 4, false)];
        let all = [all[0], all[1], all[2], all[3], region(1, 2, 3, true), nested, executable];
        for (position, one) in all.iter().enumerate() {
            assert!(all[..position].iter().all(|other| other.to_bytes() != one.to_bytes()));
        }
    }
}
