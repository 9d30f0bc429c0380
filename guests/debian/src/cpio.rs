//! The archive format of an initial RAM disk: cpio "newc".
//!
//! Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst. The output depends on
//! the entries alone: they are sorted by path, belong to user 0, carry time 0, and are numbered in
//! order.

use std::collections::BTreeMap;

const DIRECTORY: u32 = 0o040_755;
const REGULAR: u32 = 0o100_644;
const EXECUTABLE: u32 = 0o100_755;
const SYMBOLIC_LINK: u32 = 0o120_777;
const CHARACTER_DEVICE: u32 = 0o020_600;

/// The kernel reads an initial RAM disk in whole blocks of this many bytes when it is a device.
const BLOCK: usize = 512;

/// One entry of the archive.
#[derive(Clone)]
enum Entry {
    Directory,
    File { contents: Vec<u8>, executable: bool },
    Link { target: String },
    CharacterDevice { major: u32, minor: u32 },
}

/// A tree of files, to be written as one archive.
#[derive(Clone, Default)]
pub(crate) struct Archive {
    entries: BTreeMap<String, Entry>,
}

impl Archive {
    /// Adds a directory and those above it. Paths are relative, without a slash at either end.
    pub(crate) fn directory(&mut self, path: &str) {
        self.parents(path);
        self.entries.entry(path.to_owned()).or_insert(Entry::Directory);
    }

    /// Adds a file that can be read only.
    pub(crate) fn file(&mut self, path: &str, contents: impl Into<Vec<u8>>) {
        self.insert(path, Entry::File { contents: contents.into(), executable: false });
    }

    /// Adds a file that can be run.
    pub(crate) fn program(&mut self, path: &str, contents: impl Into<Vec<u8>>) {
        self.insert(path, Entry::File { contents: contents.into(), executable: true });
    }

    /// Adds a symbolic link.
    pub(crate) fn link(&mut self, path: &str, target: &str) {
        self.insert(path, Entry::Link { target: target.to_owned() });
    }

    /// Adds a character device that only its owner may use.
    pub(crate) fn character_device(&mut self, path: &str, major: u32, minor: u32) {
        self.insert(path, Entry::CharacterDevice { major, minor });
    }

    /// Adds all entries of another archive, in place of those of the same path.
    pub(crate) fn add(&mut self, other: &Self) {
        self.entries
            .extend(other.entries.iter().map(|(path, entry)| (path.clone(), entry.clone())));
    }

    fn insert(&mut self, path: &str, entry: Entry) {
        self.parents(path);
        self.entries.insert(path.to_owned(), entry);
    }

    fn parents(&mut self, path: &str) {
        for (end, _) in path.match_indices('/') {
            self.entries.entry(path[..end].to_owned()).or_insert(Entry::Directory);
        }
    }

    /// The archive's bytes. A directory comes before what is in it, as its path is shorter.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (inode, (path, entry)) in (1..).zip(&self.entries) {
            let (mode, links, device, contents): (_, _, _, &[u8]) = match entry {
                Entry::Directory => (DIRECTORY, 2, (0, 0), &[]),
                Entry::File { contents, executable: false } => (REGULAR, 1, (0, 0), contents),
                Entry::File { contents, executable: true } => (EXECUTABLE, 1, (0, 0), contents),
                Entry::Link { target } => (SYMBOLIC_LINK, 1, (0, 0), target.as_bytes()),
                Entry::CharacterDevice { major, minor } => {
                    (CHARACTER_DEVICE, 1, (*major, *minor), &[])
                }
            };
            write_entry(&mut out, path, inode, mode, links, device, contents);
        }
        write_entry(&mut out, "TRAILER!!!", 0, 0, 1, (0, 0), &[]);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
        out
    }
}

fn write_entry(
    out: &mut Vec<u8>,
    path: &str,
    inode: u32,
    mode: u32,
    links: u32,
    (major, minor): (u32, u32),
    contents: &[u8],
) {
    let fields = [
        inode,
        mode,
        0, // user
        0, // group
        links,
        0, // time of modification
        contents.len() as u32,
        0, // device that holds the file, major and minor
        0,
        major,
        minor,
        path.len() as u32 + 1,
        0, // checksum, unused in this format
    ];
    out.extend_from_slice(b"070701");
    for field in fields {
        out.extend_from_slice(format!("{field:08x}").as_bytes());
    }
    out.extend_from_slice(path.as_bytes());
    out.push(0);
    pad(out);
    out.extend_from_slice(contents);
    pad(out);
}

fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests;
