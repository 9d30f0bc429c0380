//! What was encoded as a manifest is read back; everything else is refused.

use cloister_bundle::{Digest, Entry, Manifest, ManifestError, Role};
use cloister_bundle_writer::encode;

fn entry<'a>(name: &'a str, content: &[u8]) -> Entry<'a> {
    let size = content.len() as u64;
    Entry { name, role: Role::GuestImage, size, sha256: Digest::of(content) }
}

#[test]
fn what_was_encoded_is_read_back() {
    let entries = [entry("policy.bin", b"p"), entry("images/debian/vmlinuz", b"kernel")];
    let bytes = encode(&entries).unwrap();
    let read: Vec<_> = Manifest::parse(&bytes).unwrap().files().collect();
    assert_eq!(read, entries);
}

#[test]
fn every_truncation_is_refused() {
    let bytes = encode(&[entry("a", b"1"), entry("b", b"2")]).unwrap();
    for length in 0..bytes.len() {
        assert!(Manifest::parse(&bytes[..length]).is_err(), "{length} bytes were accepted");
    }
}

#[test]
fn trailing_bytes_are_refused() {
    let mut bytes = encode(&[entry("a", b"1")]).unwrap();
    bytes.push(0);
    assert_eq!(Manifest::parse(&bytes).unwrap_err(), ManifestError::TrailingBytes(1));
}

#[test]
fn another_format_is_named() {
    let mut bytes = encode(&[]).unwrap();
    bytes[8] = 9;
    let error = Manifest::parse(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "manifest format 9, this version reads format 1");
}

#[test]
fn names_cannot_leave_the_bundle() {
    for name in ["", "/a", "a//b", "../a", "a/../b", ".hidden", "A", "a\\b", "manifest", "ü"] {
        assert_eq!(
            encode(&[entry(name, b"")]).unwrap_err(),
            ManifestError::BadName { entry: 0 },
            "{name:?}"
        );
    }
}

#[test]
fn two_files_cannot_have_one_name() {
    let error = encode(&[entry("a", b"1"), entry("b", b""), entry("a", b"2")]).unwrap_err();
    assert_eq!(error, ManifestError::DuplicateName { entry: 2 });
}

#[test]
fn a_role_that_occurs_twice_is_not_the_only_one() {
    let bytes = encode(&[entry("a", b"1"), entry("b", b"2")]).unwrap();
    let manifest = Manifest::parse(&bytes).unwrap();
    assert_eq!(manifest.the(Role::GuestImage), None);
    assert_eq!(manifest.the(Role::Policy), None);
}

#[test]
fn content_is_compared_with_size_and_digest() {
    let file = entry("a", b"1234");
    assert_eq!(file.check(b"1234"), Ok(()));
    assert_eq!(file.check(b"123").unwrap_err().to_string(), "truncated: 3 bytes of 4 are there");
    assert_eq!(
        file.check(b"12345").unwrap_err().to_string(),
        "too long: 5 bytes, the manifest says 4"
    );
    assert!(file.check(b"1235").unwrap_err().to_string().starts_with("corrupted: SHA-256 is "));
}
