//! What tests of whole policies share.

use std::{
    io::{self, Cursor},
    path::PathBuf,
};

use cloister_policy::{
    compile::{Options, Outcome, check},
    date::Day,
    files::{FileSource, ReadSeek},
};

/// The files that fixtures name.
pub struct FixtureFiles;

impl FileSource for FixtureFiles {
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadSeek>> {
        let bytes = match name {
            "vmlinuz" => linux(),
            "program" => {
                let mut bytes = vec![0; 64];
                bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
                bytes[18] = 62;
                bytes
            }
            "initrd" => b"initrd".to_vec(),
            "big" => vec![0; 4 << 20],
            _ => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(Box::new(Cursor::new(bytes)))
    }
}

/// The start of a Linux kernel, as far as it is recognised by it.
pub fn linux() -> Vec<u8> {
    let mut bytes = vec![0; 0x300];
    bytes[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
    bytes[0x202..0x206].copy_from_slice(b"HdrS");
    bytes
}

/// Checks a fixture on the day for which fixtures are written.
pub fn check_fixture(name: &str, bytes: Vec<u8>) -> Outcome {
    let today = Day::from_date(2026, 11, 23).expect("a day");
    let options = Options { files: Some(&FixtureFiles), today, ..Options::default() };
    check(name, bytes, &options)
}

/// A path below this crate.
pub fn path(below: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(below)
}
