//! The channel as the world sees it: a PCI device with the memory behind a base address register
//! (`docs/links.md`).

mod mapping;
mod table;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use mapping::Mapping;
pub use table::{Channel, channels};

/// Where Linux shows the table in which the monitor says which channels there are.
const TABLE: &str = "/sys/firmware/acpi/tables/CLST";

/// Which end of a channel is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The one that writes.
    Write,
    /// The one that reads.
    Read,
}

/// Opens the end of the channel with this name, or of the only one there is.
///
/// # Errors
/// There is no such channel, or it cannot be mapped.
pub fn open(name: Option<&str>, end: End) -> io::Result<Mapping> {
    let table = fs::read(TABLE).map_err(|error| at(Path::new(TABLE), &error))?;
    let path = memory_of(&channels(&table), name, end)?;
    Mapping::open(&path, end == End::Write).map_err(|error| at(&path, &error))
}

/// The file of a channel's memory.
fn memory_of(channels: &[Channel], name: Option<&str>, end: End) -> io::Result<PathBuf> {
    let fits = |channel: &&Channel| {
        let is_end = if end == End::Write { channel.sends } else { channel.receives };
        is_end && name.is_none_or(|name| channel.name == name)
    };
    let mut found = channels.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(channel), None) => {
            Ok(format!("/sys/bus/pci/devices/0000:00:{:02x}.0/resource2", channel.slot).into())
        }
        (None, _) => Err(io::Error::new(io::ErrorKind::NotFound, "there is no such channel")),
        (Some(_), Some(_)) => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "there are several channels: name one"))
        }
    }
}

/// An error with the file that it is about.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_channel_of_a_direction_needs_no_name() {
        let channel = |name: &str, sends, slot| Channel {
            name: name.to_owned(),
            sends,
            receives: !sends,
            slot,
        };
        let all = [channel("up", true, 16), channel("news", false, 17), channel("mail", false, 18)];
        let path = |name, end| memory_of(&all, name, end).map_err(|error| error.to_string());
        assert!(path(None, End::Write).unwrap().ends_with("0000:00:10.0/resource2"));
        assert!(path(Some("mail"), End::Read).unwrap().ends_with("0000:00:12.0/resource2"));
        assert!(path(None, End::Read).unwrap_err().contains("several"));
        assert!(path(Some("mail"), End::Write).is_err());
    }
}
