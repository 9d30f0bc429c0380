use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;

fn field(bytes: &[u8], entry: usize, index: usize) -> u32 {
    let start = entry + 6 + 8 * index;
    u32::from_str_radix(std::str::from_utf8(&bytes[start..start + 8]).unwrap(), 16).unwrap()
}

/// Reads an archive back: path, inode, mode, size of each entry but the trailer.
fn read(bytes: &[u8]) -> Vec<(String, u32, u32, Vec<u8>)> {
    let mut entries = Vec::new();
    let mut at = 0;
    loop {
        assert_eq!(&bytes[at..at + 6], b"070701");
        assert_eq!([field(bytes, at, 2), field(bytes, at, 3), field(bytes, at, 5)], [0; 3]);
        let name_length = field(bytes, at, 11) as usize;
        let size = field(bytes, at, 6) as usize;
        let name = std::str::from_utf8(&bytes[at + 110..at + 110 + name_length - 1]).unwrap();
        let start = (at + 110 + name_length).next_multiple_of(4);
        if name == "TRAILER!!!" {
            assert!(bytes[start..].iter().all(|byte| *byte == 0));
            return entries;
        }
        let contents = bytes[start..start + size].to_vec();
        entries.push((name.to_owned(), field(bytes, at, 0), field(bytes, at, 1), contents));
        at = (start + size).next_multiple_of(4);
    }
}

#[test]
fn one_file_has_the_bytes_of_the_format() {
    let mut archive = Archive::default();
    archive.program("init", "#!");
    let expected = concat!(
        "070701", "00000001", "000081ed", "00000000", "00000000", "00000001", "00000000",
        "00000002", "00000000", "00000000", "00000000", "00000000", "00000005", "00000000",
        "init\0", "\0", "#!", "\0\0",
    );
    let bytes = archive.to_bytes();
    assert_eq!(&bytes[..expected.len()], expected.as_bytes());
    assert_eq!(bytes.len() % BLOCK, 0);
}

#[test]
fn directories_above_an_entry_come_before_it() {
    let mut archive = Archive::default();
    archive.file("a/b/c", "");
    let names: Vec<_> = read(&archive.to_bytes()).into_iter().map(|entry| entry.0).collect();
    assert_eq!(names, ["a", "a/b", "a/b/c"]);
}

#[test]
fn a_device_carries_its_numbers() {
    let mut archive = Archive::default();
    archive.character_device("console", 5, 1);
    let bytes = archive.to_bytes();
    assert_eq!((field(&bytes, 0, 9), field(&bytes, 0, 10)), (5, 1));
}

#[test]
fn the_cpio_program_lists_the_archive() {
    let mut archive = Archive::default();
    archive.program("init", "#!/bin/sh\n");
    archive.link("bin/sh", "busybox");
    let Ok(mut cpio) = Command::new("cpio")
        .args(["--list", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
    else {
        eprintln!("skipped: no program 'cpio' here");
        return;
    };
    cpio.stdin.take().unwrap().write_all(&archive.to_bytes()).unwrap();
    let output = cpio.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "bin\nbin/sh\ninit\n");
}

proptest! {
    #[test]
    fn bytes_do_not_depend_on_the_order_of_adding(
        files in proptest::collection::btree_map("[a-z]{1,8}(/[A-Z]{1,8}){0,2}", any::<Vec<u8>>(), 0..12)
    ) {
        let mut forwards = Archive::default();
        let mut backwards = Archive::default();
        for (path, contents) in &files {
            forwards.file(path, contents.clone());
        }
        for (path, contents) in files.iter().rev() {
            backwards.file(path, contents.clone());
        }
        let bytes = forwards.to_bytes();
        prop_assert_eq!(&bytes, &backwards.to_bytes());

        let entries = read(&bytes);
        prop_assert!(entries.is_sorted_by(|one, other| one.0 < other.0));
        for (index, (path, inode, mode, contents)) in entries.iter().enumerate() {
            prop_assert_eq!(*inode as usize, index + 1);
            if *mode == REGULAR {
                prop_assert_eq!(contents, &files[path]);
            }
        }
        prop_assert!(files.keys().all(|path| entries.iter().any(|entry| &entry.0 == path)));
    }
}
