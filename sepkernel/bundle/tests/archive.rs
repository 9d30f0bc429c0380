//! What was written as an archive is read back, or its damage is named.

use cloister_bundle::archive::Archive;
use cloister_bundle::{Digest, Entry, Role};
use cloister_bundle_writer::{encode, write};

fn archive(contents: &[&[u8]]) -> Vec<u8> {
    let names = ["a", "b", "c"];
    let entries: Vec<_> = names
        .iter()
        .zip(contents)
        .map(|(name, content)| Entry {
            name,
            role: Role::Component,
            size: content.len() as u64,
            sha256: Digest::of(content),
        })
        .collect();
    let mut bytes = Vec::new();
    write(&mut bytes, &encode(&entries).unwrap(), contents).unwrap();
    bytes
}

#[test]
fn files_come_back_whole_and_in_order() {
    let contents: [&[u8]; 3] = [b"first", &[7; 5000], b""];
    let bytes = archive(&contents);
    let read = Archive::parse(&bytes).unwrap();
    assert!(read.contents().eq(contents));
    for (entry, content) in read.manifest.files().zip(read.contents()) {
        assert_eq!(entry.check(content), Ok(()));
    }
}

#[test]
fn a_truncated_archive_names_the_first_file_that_suffers() {
    let bytes = archive(&[b"first", &[7; 5000], b"last"]);
    for length in 0..bytes.len() {
        let Ok(read) = Archive::parse(&bytes[..length]) else { continue };
        let damaged =
            read.manifest.files().zip(read.contents()).find(|(entry, c)| entry.check(c).is_err());
        let expected = match length {
            0..4101 => "a",
            4101..13192 => "b",
            _ => "c",
        };
        assert_eq!(damaged.unwrap().0.name, expected, "{length} bytes");
    }
}
