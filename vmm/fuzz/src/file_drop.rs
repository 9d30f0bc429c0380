//! A hostile sender of files.

use std::fs;

use cloister_drop::receiver::{Limits, Receiver};
use cloister_drop::record::LONGEST;

const LIMITS: Limits = Limits { file: 1 << 16, bytes: 1 << 18, files: 16, transfers: 3 };

/// Gives records to a receiver that starts again now and then: each is a byte that says what to do, two
/// for a length, and so many bytes of a record from its kind on; beginning and checksum are added, as
/// nothing that they refuse goes further.
///
/// # Panics
/// If something is outside of the directory for files, or more than the limits say is in it.
pub fn file_drop(input: &[u8]) {
    let home = tempfile::tempdir().expect("a directory");
    let directory = home.path().join("files");
    fs::create_dir(&directory).expect("a directory");
    fs::write(home.path().join("outside"), "outside").expect("a file");
    let mut receiver = Receiver::new(&directory, LIMITS).expect("a receiver");
    let mut rest = input;
    while let Some(([action, low, high], behind)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(behind.len());
        let (body, behind) = behind.split_at(length);
        rest = behind;
        let mut record = [&b"CLD1"[..], &crc32fast::hash(body).to_le_bytes(), body].concat();
        record.truncate(LONGEST);
        let _ = receiver.accept(&record).expect("the file system works");
        if action % 8 == 1 {
            receiver.save().expect("the file system works");
        }
        if action % 8 < 2 {
            receiver = Receiver::new(&directory, LIMITS).expect("a receiver");
        }
    }
    assert_eq!(fs::read(home.path().join("outside")).expect("it is there"), b"outside");
    assert_eq!(fs::read_dir(home.path()).expect("it is there").count(), 2);
    let files: Vec<_> =
        fs::read_dir(&directory).expect("it is there").map(|entry| entry.expect("one")).collect();
    // One of them is the receiver's own directory.
    assert!(files.len() as u64 <= LIMITS.files + 1);
    let lengths = files.iter().map(|entry| entry.metadata().expect("its length"));
    let sum: u64 = lengths.filter(fs::Metadata::is_file).map(|file| file.len()).sum();
    assert!(sum <= LIMITS.bytes);
}
