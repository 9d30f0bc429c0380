//! A file that is being received: its bytes, and which blocks of them are there.
//!
//! Two files in a hidden directory beside the files to be: `ID.part` with the bytes, each block at its
//! place, and `ID.state` with the announcement and a bit for each block. The state is written after
//! what it speaks of. Should it be wrong all the same, the digest at the end tells, and all begins
//! anew.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::digest;
use crate::record::{Announcement, LONGEST, Record};

/// New bytes after which the state is written.
const SAVE_EVERY: u64 = 4 << 20;

/// A file that is being received.
#[derive(Debug)]
pub struct Partial {
    announcement: Announcement,
    data: File,
    data_path: PathBuf,
    state_path: PathBuf,
    /// A bit for each block that is there.
    have: Vec<u8>,
    missing: u64,
    received: u64,
    unsaved: u64,
}

impl Partial {
    /// Begins one in a directory.
    ///
    /// # Errors
    /// The file system's.
    pub fn begin(directory: &Path, announcement: Announcement) -> io::Result<Self> {
        let (data_path, state_path) = paths(directory, &announcement.id.to_hex());
        let data = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&data_path)?;
        data.set_len(announcement.size)?;
        let missing = announcement.blocks();
        let bytes = usize::try_from(missing.div_ceil(8)).map_err(io::Error::other)?;
        let have = vec![0; bytes];
        Ok(Self {
            announcement,
            data,
            data_path,
            state_path,
            have,
            missing,
            received: 0,
            unsaved: 0,
        })
    }

    /// Goes on with one that an earlier run left, by the path of its state. None if it makes no sense.
    ///
    /// # Errors
    /// The file system's.
    pub fn resume(state_path: &Path) -> io::Result<Option<Self>> {
        let state = fs::read(state_path)?;
        let parsed = parse(&state);
        let Some((announcement, have)) = parsed else { return Ok(None) };
        let Some(directory) = state_path.parent() else { return Ok(None) };
        let (data_path, expected) = paths(directory, &announcement.id.to_hex());
        let Ok(data) = OpenOptions::new().read(true).write(true).open(&data_path) else {
            return Ok(None);
        };
        if expected != state_path || data.metadata()?.len() != announcement.size {
            return Ok(None);
        }
        let have = have.to_vec();
        let mut partial = Self {
            announcement,
            data,
            data_path,
            state_path: expected,
            have,
            missing: 0,
            received: 0,
            unsaved: 0,
        };
        for number in 0..partial.announcement.blocks() {
            match partial.announcement.block_length(number) {
                Some(length) if partial.has(number) => partial.received += length as u64,
                _ => partial.missing += 1,
            }
        }
        Ok(Some(partial))
    }

    /// What was announced.
    #[must_use]
    pub const fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// Bytes that are there.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// Whether all blocks are there.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.missing == 0
    }

    /// Where the bytes are.
    #[must_use]
    pub fn data_path(&self) -> &Path {
        &self.data_path
    }

    fn has(&self, number: u64) -> bool {
        let byte = usize::try_from(number / 8).ok().and_then(|at| self.have.get(at));
        byte.is_some_and(|byte| byte >> (number % 8) & 1 == 1)
    }

    /// Takes a block. Whether it was missing, and has its length.
    ///
    /// # Errors
    /// The file system's.
    pub fn put(&mut self, number: u64, bytes: &[u8]) -> io::Result<bool> {
        if self.announcement.block_length(number) != Some(bytes.len()) || self.has(number) {
            return Ok(false);
        }
        self.data.write_all_at(bytes, number * u64::from(self.announcement.block))?;
        if let Some(byte) = self.have.get_mut((number / 8) as usize) {
            *byte |= 1 << (number % 8);
        }
        self.missing -= 1;
        self.received += bytes.len() as u64;
        self.unsaved += bytes.len() as u64;
        if self.unsaved >= SAVE_EVERY {
            self.save()?;
        }
        Ok(true)
    }

    /// Writes the state, after the bytes that it speaks of.
    ///
    /// # Errors
    /// The file system's.
    pub fn save(&mut self) -> io::Result<()> {
        self.data.sync_data()?;
        let mut record = Vec::new();
        Record::Announcement(self.announcement.clone()).encode(&mut record);
        let temporary = self.state_path.with_extension("new");
        let mut file = File::create(&temporary)?;
        file.write_all(&(record.len() as u32).to_le_bytes())?;
        file.write_all(&record)?;
        file.write_all(&self.have)?;
        file.sync_data()?;
        fs::rename(&temporary, &self.state_path)?;
        self.unsaved = 0;
        Ok(())
    }

    /// Whether what lies on the disk is what was announced.
    ///
    /// # Errors
    /// The file system's.
    pub fn is_intact(&self) -> io::Result<bool> {
        self.data.sync_all()?;
        let (digest, length) = digest::of_reader(File::open(&self.data_path)?)?;
        Ok(digest == self.announcement.digest && length == self.announcement.size)
    }

    /// Removes what of it is still on the disk.
    pub fn remove(self) {
        remove(&self.state_path);
    }
}

/// Removes a state and the bytes that belong to it; what is not there is not missed.
pub fn remove(state_path: &Path) {
    let _ = fs::remove_file(state_path);
    let _ = fs::remove_file(state_path.with_extension("part"));
}

fn paths(directory: &Path, id: &str) -> (PathBuf, PathBuf) {
    (directory.join(format!("{id}.part")), directory.join(format!("{id}.state")))
}

/// The announcement and the bits of a state.
fn parse(state: &[u8]) -> Option<(Announcement, &[u8])> {
    let (length, rest) = state.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    let (record, have) = rest.split_at_checked(length).filter(|_| length <= LONGEST)?;
    let Ok(Record::Announcement(announcement)) = Record::decode(record) else { return None };
    (have.len() as u64 == announcement.blocks().div_ceil(8)).then_some((announcement, have))
}
