//! A disk that forgets: a base that is only read, and changes kept in memory.

use super::{Disk, DiskError, Run, SECTOR};

/// Bytes of a block: what changes, changes in whole blocks.
pub const BLOCK: usize = 4096;
const BLOCK_SIZE: u64 = BLOCK as u64;

/// Why a disk cannot be made of these parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OverlayError {
    /// The size is no multiple of a sector.
    Size,
    /// The map does not have an entry for each block.
    Map,
    /// The store has more blocks than an entry of the map can name.
    Store,
}

/// A base, whose end is followed by zeros, under blocks that were written.
#[derive(Debug)]
pub struct Overlay<'a> {
    base: &'a [u8],
    size: u64,
    store: &'a mut [[u8; BLOCK]],
    /// For each block of the disk 0, or one more than the number of the stored block that replaces it.
    map: &'a mut [u32],
    used: usize,
}

impl<'a> Overlay<'a> {
    /// A disk of `size` bytes. The base may be shorter, or empty. The map has an entry for each
    /// [`BLOCK`] of the disk and is cleared here; blocks in the store need not be.
    ///
    /// # Errors
    /// The parts do not fit together.
    pub fn new(
        size: u64,
        base: &'a [u8],
        store: &'a mut [[u8; BLOCK]],
        map: &'a mut [u32],
    ) -> Result<Self, OverlayError> {
        if !size.is_multiple_of(SECTOR) {
            return Err(OverlayError::Size);
        }
        if (map.len() as u64) < size.div_ceil(BLOCK_SIZE) {
            return Err(OverlayError::Map);
        }
        if u32::try_from(store.len()).is_err() {
            return Err(OverlayError::Store);
        }
        map.fill(0);
        Ok(Self { base, size, store, map, used: 0 })
    }

    /// Makes it what it was at first, and leaves nothing of what was written.
    pub fn forget(&mut self) {
        self.map.fill(0);
        self.store.iter_mut().take(self.used).for_each(|block| block.fill(0));
        self.used = 0;
    }

    /// Blocks of the store that are in use, and how many there are.
    #[must_use]
    pub const fn usage(&self) -> (usize, usize) {
        (self.used, self.store.len())
    }

    /// The length from `offset` on that is on the disk.
    fn bounded(&self, offset: u64, length: u64) -> Result<u64, DiskError> {
        let rest = self.size.checked_sub(offset).ok_or(DiskError::Range)?;
        if length == 0 || length > rest { Err(DiskError::Range) } else { Ok(length) }
    }

    /// The stored block that replaces a block of the disk.
    fn stored(&self, block: u64) -> Option<usize> {
        let entry = self.map.get(usize::try_from(block).ok()?).copied()?;
        (entry as usize).checked_sub(1)
    }

    /// The bytes of the base from `offset` on, at most `length`; empty behind its end.
    fn beneath(base: &[u8], offset: u64, length: u64) -> &[u8] {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(base.len());
        let rest = base.get(start..).unwrap_or(&[]);
        rest.get(..usize::try_from(length).unwrap_or(usize::MAX)).unwrap_or(rest)
    }

    /// Takes a block of the store for a block of the disk, with the content of the base unless all
    /// of it is going to be written.
    fn allot(&mut self, block: u64, whole: bool) -> Result<usize, DiskError> {
        let index = self.used;
        let entry = usize::try_from(block).ok().and_then(|block| self.map.get_mut(block));
        let (Some(stored), Some(entry)) = (self.store.get_mut(index), entry) else {
            return Err(DiskError::Full);
        };
        if !whole {
            let beneath = Self::beneath(self.base, block * BLOCK_SIZE, BLOCK_SIZE);
            let (start, rest) = stored.split_at_mut(beneath.len().min(BLOCK));
            start.copy_from_slice(beneath);
            rest.fill(0);
        }
        self.used += 1;
        *entry = self.used as u32;
        Ok(index)
    }
}

impl Disk for Overlay<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn is_read_only(&self) -> bool {
        false
    }

    fn read(&self, offset: u64, length: u64) -> Result<Run<'_>, DiskError> {
        let length = self.bounded(offset, length)?;
        let (block, within) = (offset / BLOCK_SIZE, offset % BLOCK_SIZE);
        let mut run = (BLOCK_SIZE - within).min(length);
        if let Some(stored) = self.stored(block) {
            let bytes = self.store.get(stored).ok_or(DiskError::Medium)?;
            return Ok(Run::Bytes(Self::beneath(bytes, within, run)));
        }
        // Unchanged blocks that follow are part of the run.
        let mut next = block + 1;
        while run < length && self.stored(next).is_none() {
            run = (run + BLOCK_SIZE).min(length);
            next += 1;
        }
        match Self::beneath(self.base, offset, run) {
            [] => Ok(Run::Zeros(run)),
            bytes => Ok(Run::Bytes(bytes)),
        }
    }

    fn write(&mut self, offset: u64, length: u64) -> Result<&mut [u8], DiskError> {
        let length = self.bounded(offset, length)?;
        let (block, within) = (offset / BLOCK_SIZE, offset % BLOCK_SIZE);
        let run = (BLOCK_SIZE - within).min(length);
        let stored = match self.stored(block) {
            Some(stored) => stored,
            None => self.allot(block, run == BLOCK_SIZE)?,
        };
        let range = within as usize..(within + run) as usize;
        self.store.get_mut(stored).and_then(|block| block.get_mut(range)).ok_or(DiskError::Medium)
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use proptest::prelude::*;

    use super::*;

    fn read(disk: &Overlay<'_>, mut offset: u64, length: u64) -> Result<Vec<u8>, DiskError> {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < length {
            match disk.read(offset, length - bytes.len() as u64)? {
                Run::Bytes(run) => {
                    bytes.extend(run);
                    offset += run.len() as u64;
                }
                Run::Zeros(count) => {
                    bytes.extend(vec![0; count as usize]);
                    offset += count;
                }
            }
        }
        Ok(bytes)
    }

    fn write(disk: &mut Overlay<'_>, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let mut done = 0;
        while done < bytes.len() {
            let run = disk.write(offset + done as u64, (bytes.len() - done) as u64)?;
            run.copy_from_slice(&bytes[done..done + run.len()]);
            done += run.len();
        }
        Ok(())
    }

    #[test]
    fn changes_hide_the_base_until_forgotten() {
        let base = vec![7; 6000];
        let (mut store, mut map) = (vec![[9; BLOCK]; 2], vec![5; 4]);
        let mut disk = Overlay::new(16384, &base, &mut store, &mut map).unwrap();
        write(&mut disk, 5000, &[1; 512]).unwrap();
        let mut expected = base.clone();
        expected.resize(16384, 0);
        expected[5000..5512].fill(1);
        assert_eq!(read(&disk, 0, 16384), Ok(expected.clone()));
        disk.forget();
        expected[5000..5512].fill(7);
        assert_eq!(read(&disk, 0, 16384), Ok(expected));
        assert!(store[0].iter().all(|&byte| byte == 0));
    }

    #[test]
    fn a_full_store_refuses_new_blocks_only() {
        let (mut store, mut map) = (vec![[0; BLOCK]; 1], vec![0; 2]);
        let mut disk = Overlay::new(8192, &[], &mut store, &mut map).unwrap();
        write(&mut disk, 0, &[1; 512]).unwrap();
        assert_eq!(write(&mut disk, 4096, &[1]), Err(DiskError::Full));
        assert_eq!(write(&mut disk, 1024, &[2]), Ok(()));
        assert_eq!((disk.usage(), read(&disk, 4096, 1)), ((1, 1), Ok(vec![0])));
    }

    #[test]
    fn what_is_not_on_the_disk_is_refused() {
        let mut map = [0; 1];
        let mut disk = Overlay::new(1024, &[], &mut [], &mut map).unwrap();
        for (offset, length) in [(1024, 1), (1000, 25), (u64::MAX, 1), (0, u64::MAX), (0, 0)] {
            assert_eq!(disk.read(offset, length), Err(DiskError::Range));
            assert_eq!(disk.write(offset, length), Err(DiskError::Range));
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let mut map = [0; 1];
        assert!(matches!(Overlay::new(100, &[], &mut [], &mut map), Err(OverlayError::Size)));
        assert!(matches!(Overlay::new(4608, &[], &mut [], &mut map), Err(OverlayError::Map)));
    }

    proptest! {
        #[test]
        fn it_reads_like_an_array(
            writes in prop::collection::vec((0_u64..20_000, 1_usize..6000, any::<u8>()), 0..20),
            base in prop::collection::vec(any::<u8>(), 0..9000),
        ) {
            let (mut store, mut map) = (vec![[0xee; BLOCK]; 5], vec![0; 5]);
            let mut disk = Overlay::new(20_480, &base, &mut store, &mut map).unwrap();
            let mut expected = base.clone();
            expected.resize(20_480, 0);
            for (offset, length, value) in writes {
                let length = length.min(20_480 - offset as usize);
                write(&mut disk, offset, &vec![value; length]).unwrap();
                expected[offset as usize..][..length].fill(value);
            }
            prop_assert_eq!(read(&disk, 0, 20_480), Ok(expected));
        }
    }
}
