//! The receiving end: from records to files of a directory. All that comes is the sender's and may be
//! anything; what it can reach is the content and the name of new files in this one directory, up to
//! the limits.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::completed::Completed;
use crate::digest;
use crate::name::FileName;
use crate::partial::{self, Partial};
use crate::record::{Announcement, Malformed, Record, TransferId};

/// The directory, inside the one for files, of what is not whole yet.
const WORK: &str = ".cloister-drop";
/// The highest number that a file gets whose name is taken.
const MOST_NUMBERS: u32 = 999;

/// What a sender can take up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a file at most.
    pub file: u64,
    /// Bytes of all files together, those that are not whole yet with all that they will have.
    pub bytes: u64,
    /// How many files there are at most.
    pub files: u64,
    /// How many are not whole yet at most; beyond that the one is given up that got nothing for longest.
    pub transfers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file: 4 << 30, bytes: 64 << 30, files: 10_000, transfers: 16 }
    }
}

/// What came of a record.
#[derive(Debug)]
pub enum Event {
    /// Nothing new.
    Nothing,
    /// A file is coming.
    Started(Announcement),
    /// A part of a file came: so many bytes of it are there.
    Part {
        /// The file.
        name: FileName,
        /// Bytes that are there.
        received: u64,
        /// Bytes of the file.
        size: u64,
    },
    /// A file is there.
    Finished {
        /// Under this name.
        path: PathBuf,
        /// Its bytes.
        size: u64,
    },
    /// All of a file came, but it is not what was announced; it is received anew.
    Damaged(FileName),
    /// A file is not received.
    Refused {
        /// Which one.
        name: FileName,
        /// Why not.
        why: String,
    },
    /// The record makes no sense.
    Malformed(Malformed),
}

/// A file that is being received, and when it was last given something.
#[derive(Debug)]
struct Transfer {
    partial: Partial,
    fed: u64,
}

/// The receiving end.
#[derive(Debug)]
pub struct Receiver {
    directory: PathBuf,
    work: PathBuf,
    limits: Limits,
    transfers: BTreeMap<TransferId, Transfer>,
    completed: Completed,
    /// Grows with each record.
    time: u64,
}

impl Receiver {
    /// The receiving end for a directory, going on where an earlier run ended.
    ///
    /// # Errors
    /// The file system's.
    pub fn new(directory: &Path, limits: Limits) -> io::Result<Self> {
        let work = directory.join(WORK);
        fs::create_dir_all(&work)?;
        let completed = Completed::read(&work.join("completed"))?;
        let mut receiver = Self {
            directory: directory.to_owned(),
            work: work.clone(),
            limits,
            transfers: BTreeMap::new(),
            completed,
            time: 0,
        };
        for entry in fs::read_dir(&work)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "state") {
                receiver.resume(&path)?;
            }
        }
        receiver.remove_strangers()?;
        Ok(receiver)
    }

    fn resume(&mut self, state: &Path) -> io::Result<()> {
        match Partial::resume(state)? {
            Some(partial) if self.why_not(partial.announcement())?.is_none() => {
                let id = partial.announcement().id;
                self.transfers.insert(id, Transfer { partial, fed: 0 });
            }
            _ => partial::remove(state),
        }
        Ok(())
    }

    /// Removes bytes that no state speaks of.
    fn remove_strangers(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.work)? {
            let path = entry?.path();
            let is_part = path.extension().is_some_and(|extension| extension == "part");
            let is_known =
                self.transfers.values().any(|transfer| transfer.partial.data_path() == path);
            if is_part && !is_known {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    /// Files that are not whole yet: name, bytes that are there, bytes of all.
    pub fn unfinished(&self) -> impl Iterator<Item = (&FileName, u64, u64)> {
        self.transfers.values().map(|Transfer { partial, .. }| {
            let Announcement { name, size, .. } = partial.announcement();
            (name, partial.received(), *size)
        })
    }

    /// Takes a record.
    ///
    /// # Errors
    /// The file system's, which do not concern one transfer alone.
    pub fn accept(&mut self, record: &[u8]) -> io::Result<Event> {
        self.time += 1;
        match Record::decode(record) {
            Err(malformed) => Ok(Event::Malformed(malformed)),
            Ok(Record::Announcement(announcement)) => self.announced(announcement),
            Ok(Record::Block { id, number, bytes }) => self.block(id, number, bytes),
        }
    }

    /// Writes down how far all is, before an end.
    ///
    /// # Errors
    /// The file system's.
    pub fn save(&mut self) -> io::Result<()> {
        self.transfers.values_mut().try_for_each(|transfer| transfer.partial.save())
    }

    fn announced(&mut self, announcement: Announcement) -> io::Result<Event> {
        let id = announcement.id;
        // What was announced stays, whatever is said of it later.
        if self.completed.has(id) || self.transfers.contains_key(&id) {
            return Ok(Event::Nothing);
        }
        if let Some(why) = self.why_not(&announcement)? {
            return Ok(Event::Refused { name: announcement.name, why });
        }
        if self.transfers.len() >= self.limits.transfers {
            self.forget_oldest();
        }
        let partial = match Partial::begin(&self.work, announcement.clone()) {
            Ok(partial) => partial,
            Err(error) => {
                return Ok(Event::Refused { name: announcement.name, why: error.to_string() });
            }
        };
        self.transfers.insert(id, Transfer { partial, fed: self.time });
        if announcement.blocks() == 0 { self.finish(id) } else { Ok(Event::Started(announcement)) }
    }

    /// Why a file cannot be received, beside those that are.
    fn why_not(&self, announcement: &Announcement) -> io::Result<Option<String>> {
        let Limits { file, bytes, files, .. } = self.limits;
        if announcement.size > file {
            return Ok(Some(format!("it has {} bytes, more than {file}", announcement.size)));
        }
        let (mut there, mut used) = (self.transfers.len() as u64, 0_u64);
        let coming = self.transfers.values().map(|it| it.partial.announcement().size);
        coming.for_each(|size| used = used.saturating_add(size));
        for entry in fs::read_dir(&self.directory)? {
            let metadata = entry?.metadata();
            if let Some(file) = metadata.ok().filter(|metadata| !metadata.is_dir()) {
                there += 1;
                used = used.saturating_add(file.len());
            }
        }
        let full = there >= files || used.saturating_add(announcement.size) > bytes;
        Ok(full.then(|| format!("the directory is full: {there} files, {used} bytes")))
    }

    /// Makes room by giving up the transfer that was given nothing for longest.
    fn forget_oldest(&mut self) {
        let oldest = self.transfers.iter().min_by_key(|(_, transfer)| transfer.fed);
        if let Some(id) = oldest.map(|(id, _)| *id)
            && let Some(transfer) = self.transfers.remove(&id)
        {
            transfer.partial.remove();
        }
    }

    fn block(&mut self, id: TransferId, number: u64, bytes: &[u8]) -> io::Result<Event> {
        let time = self.time;
        let Some(transfer) = self.transfers.get_mut(&id) else { return Ok(Event::Nothing) };
        transfer.fed = time;
        let Announcement { name, size, .. } = transfer.partial.announcement();
        let (name, size) = (name.clone(), *size);
        match transfer.partial.put(number, bytes) {
            Ok(false) => Ok(Event::Nothing),
            Ok(true) if transfer.partial.is_whole() => self.finish(id),
            Ok(true) => Ok(Event::Part { name, received: transfer.partial.received(), size }),
            Err(error) => {
                // Most likely there is no room; what is there is given back.
                if let Some(transfer) = self.transfers.remove(&id) {
                    transfer.partial.remove();
                }
                Ok(Event::Refused { name, why: error.to_string() })
            }
        }
    }

    /// All blocks are there: puts the file under its name, if it is what was announced.
    fn finish(&mut self, id: TransferId) -> io::Result<Event> {
        let Some(Transfer { partial, .. }) = self.transfers.remove(&id) else {
            return Ok(Event::Nothing);
        };
        let Announcement { name, size, digest, .. } = partial.announcement().clone();
        if !partial.is_intact()? {
            partial.remove();
            return Ok(Event::Damaged(name));
        }
        let path = self.place(&partial, &name, &digest)?;
        partial.remove();
        self.completed.add(id)?;
        Ok(match path {
            Some(path) => Event::Finished { path, size },
            None => Event::Refused { name, why: "too many files have its name".to_owned() },
        })
    }

    /// Moves the bytes to the file's name, or to one with a number where another file has it: at once,
    /// and never over anything.
    fn place(
        &self,
        partial: &Partial,
        name: &FileName,
        digest: &[u8; digest::DIGEST_BYTES],
    ) -> io::Result<Option<PathBuf>> {
        let names = std::iter::once(name.as_str().to_owned())
            .chain((2..=MOST_NUMBERS).map(|number| name.numbered(number)));
        for name in names {
            let path = self.directory.join(name);
            match renameat_with(CWD, partial.data_path(), CWD, &path, RenameFlags::NOREPLACE) {
                Ok(()) => {
                    File::open(&self.directory)?.sync_all()?;
                    return Ok(Some(path));
                }
                Err(rustix::io::Errno::EXIST) if is_same(&path, digest) => return Ok(Some(path)),
                Err(rustix::io::Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

/// Whether a regular file with this content is there.
fn is_same(path: &Path, digest: &[u8; digest::DIGEST_BYTES]) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    let found = || File::open(path).and_then(digest::of_reader);
    is_file && found().is_ok_and(|(found, _)| found == *digest)
}
