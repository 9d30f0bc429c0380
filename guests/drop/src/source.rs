//! The sending end: the files of a directory, each sent again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;

use crate::digest;
use crate::name::FileName;
use crate::record::{Announcement, BLOCK_HEAD, BLOCK_SIZES, Record, TransferId};

/// Blocks between two announcements of a file, so that a receiver that starts late learns of it.
const BLOCKS_BETWEEN: u64 = 64;

/// The block size for a channel whose records have so many bytes at most: a ring holds many blocks, so
/// that few are lost at once.
#[must_use]
pub fn block_size(longest_record: usize) -> u32 {
    let wanted = (longest_record / 8).max(*BLOCK_SIZES.start() as usize + BLOCK_HEAD) - BLOCK_HEAD;
    (1 << wanted.ilog2()).clamp(*BLOCK_SIZES.start(), *BLOCK_SIZES.end())
}

/// A file as it was when it was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    size: u64,
    modified: SystemTime,
    inode: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> io::Result<Self> {
        Ok(Self { size: metadata.len(), modified: metadata.modified()?, inode: metadata.ino() })
    }

    /// Nanoseconds since 1970; 0 for times before.
    fn nanoseconds(&self) -> u128 {
        let since = self.modified.duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |since| since.as_nanos())
    }
}

/// A file that is to be sent.
#[derive(Clone, Debug)]
struct Known {
    stamp: Stamp,
    announcement: Announcement,
    /// How often it was sent.
    sent: u32,
}

/// What came of sending a file once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent {
    /// All of it was sent.
    Whole,
    /// It changed meanwhile, and is looked at anew.
    Changed,
}

/// The files of a directory.
#[derive(Debug)]
pub struct Source {
    directory: PathBuf,
    block: u32,
    /// How often each is sent; 0 for ever.
    rounds: u32,
    /// How long a file must have been left alone.
    settled: Duration,
    known: BTreeMap<FileName, Known>,
    refused: BTreeSet<PathBuf>,
}

impl Source {
    /// The files of a directory, in blocks of so many bytes, each sent `rounds` times or for ever (0),
    /// once it has not been changed for as long as `settled` says.
    #[must_use]
    pub fn new(directory: &Path, block: u32, rounds: u32, settled: Duration) -> Self {
        let directory = directory.to_owned();
        Self { directory, block, rounds, settled, known: BTreeMap::new(), refused: BTreeSet::new() }
    }

    /// Looks at the directory. Tells `refuse` of files that cannot be sent, each once.
    ///
    /// # Errors
    /// The file system's.
    pub fn look(&mut self, refuse: &mut dyn FnMut(&Path, String)) -> io::Result<()> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let metadata = match entry.metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                metadata => metadata?,
            };
            if !metadata.is_file() || entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            match FileName::new(entry.file_name().as_encoded_bytes()) {
                Ok(name) => {
                    found.insert(name, Stamp::of(&metadata)?);
                }
                Err(error) => {
                    if self.refused.insert(entry.path()) {
                        refuse(&entry.path(), error.to_string());
                    }
                }
            }
        }
        self.known.retain(|name, known| found.get(name) == Some(&known.stamp));
        for (name, stamp) in found {
            // A time in the future is not waited for.
            let age = stamp.modified.elapsed().unwrap_or(self.settled);
            if !self.known.contains_key(&name) && age >= self.settled {
                match self.announce(&name, stamp) {
                    Ok(Some(known)) => {
                        self.known.insert(name, known);
                    }
                    Ok(None) => {}
                    Err(error) => refuse(&self.directory.join(&name), error.to_string()),
                }
            }
        }
        Ok(())
    }

    /// What is to be said of a file before it is sent; none if it is no longer what it was.
    fn announce(&self, name: &FileName, stamp: Stamp) -> io::Result<Option<Known>> {
        let file = self.open(name)?;
        if Stamp::of(&file.metadata()?)? != stamp {
            return Ok(None);
        }
        let (digest, size) = digest::of_reader(file)?;
        if size != stamp.size {
            return Ok(None);
        }
        let id = TransferId::of(name, &digest, stamp.nanoseconds());
        let announcement = Announcement { id, name: name.clone(), size, block: self.block, digest };
        Ok(Some(Known { stamp, announcement, sent: 0 }))
    }

    fn open(&self, name: &FileName) -> io::Result<File> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
        OpenOptions::new().read(true).custom_flags(flags).open(self.directory.join(name))
    }

    /// The file that is to be sent next, and how often it was sent: the one that was sent least often.
    #[must_use]
    pub fn next(&self) -> Option<(&Announcement, u32)> {
        let due = self.known.values().filter(|it| self.rounds == 0 || it.sent < self.rounds);
        due.min_by_key(|it| it.sent).map(|it| (&it.announcement, it.sent))
    }

    /// Sends that file once: gives `put` one record after the other, with how many bytes of the file
    /// that is.
    ///
    /// # Errors
    /// The file system's, and those of `put`.
    pub fn send(
        &mut self,
        put: &mut dyn FnMut(&[u8], usize) -> io::Result<()>,
    ) -> io::Result<Sent> {
        let Some((announcement, _)) = self.next() else { return Ok(Sent::Whole) };
        let announcement = announcement.clone();
        let sent = self.send_once(&announcement, put);
        if let Some(known) = self.known.get_mut(&announcement.name) {
            known.sent = known.sent.saturating_add(1);
        }
        if !matches!(sent, Ok(Sent::Whole)) {
            self.known.remove(&announcement.name);
        }
        sent
    }

    fn send_once(
        &self,
        announcement: &Announcement,
        put: &mut dyn FnMut(&[u8], usize) -> io::Result<()>,
    ) -> io::Result<Sent> {
        let mut file = self.open(&announcement.name)?;
        let mut record = Vec::new();
        let mut bytes = vec![0; announcement.block as usize];
        Record::Announcement(announcement.clone()).encode(&mut record);
        let announced = record.clone();
        put(&announced, 0)?;
        for number in 0..announcement.blocks() {
            if number > 0 && number.is_multiple_of(BLOCKS_BETWEEN) {
                put(&announced, 0)?;
            }
            let length = announcement.block_length(number).unwrap_or(0);
            let Some(bytes) = bytes.get_mut(..length) else { return Ok(Sent::Changed) };
            match file.read_exact(bytes) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(Sent::Changed);
                }
                read => read?,
            }
            Record::Block { id: announcement.id, number, bytes }.encode(&mut record);
            put(&record, length)?;
        }
        Ok(Sent::Whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_blocks_fit_into_a_ring() {
        let sizes = [0, 2_000, 4_096, 131_000, 524_000, 1 << 30].map(block_size);
        assert_eq!(sizes, [512, 512, 512, 8192, 32_768, 65_536]);
    }
}
