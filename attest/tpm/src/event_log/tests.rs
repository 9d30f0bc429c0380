extern crate std;
use std::{string::ToString as _, vec::Vec};

use super::*;

/// A header that announces SHA-1 and SHA-256.
fn header_bytes() -> Vec<u8> {
    let mut data = SPEC_ID.to_vec();
    data.extend([0, 0, 0, 0, 0, 2, 0, 2]);
    data.extend(2_u32.to_le_bytes());
    data.extend([0x04, 0, 20, 0, 0x0b, 0, 32, 0]);
    data.push(0);
    let mut bytes = Vec::new();
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(3_u32.to_le_bytes());
    bytes.extend([0; 20]);
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
    bytes
}

fn event_bytes(pcr: u32, kind: u32, digest: Digest, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(pcr.to_le_bytes());
    bytes.extend(kind.to_le_bytes());
    bytes.extend(2_u32.to_le_bytes());
    bytes.extend([0x04, 0]);
    bytes.extend([0x11; 20]);
    bytes.extend([0x0b, 0]);
    bytes.extend(digest);
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
    bytes
}

fn hashed(pcr: u32, kind: u32, data: &[u8]) -> Vec<u8> {
    event_bytes(pcr, kind, Sha256::digest(data).into(), data)
}

fn log(events: &[Vec<u8>]) -> Vec<u8> {
    [header_bytes(), events.concat()].concat()
}

fn fault(events: &[Vec<u8>]) -> std::string::String {
    EventLog::parse(&log(events)).unwrap_err().to_string()
}

#[test]
fn events_are_replayed_in_order_and_notes_are_not() {
    let mut note = STARTUP_LOCALITY.to_vec();
    note.push(3);
    let bytes = log(&[
        event_bytes(0, 3, [0; 32], &note),
        hashed(0, 8, b"version"),
        hashed(7, 4, &[0; 4]),
        event_bytes(4, 0x8000_0003, [9; 32], b"path"),
    ]);
    let parsed = EventLog::parse(&bytes).unwrap();
    assert_eq!(parsed.events().count(), 4);
    let bank = parsed.replay();
    let mut start = [0; 32];
    start[31] = 3;
    assert_eq!(bank.get(0), Some(&crate::extend(&start, &Sha256::digest(b"version").into())));
    assert_eq!(bank.get(4), Some(&crate::extend(&[0; 32], &[9; 32])));
    assert_eq!(bank.get(5), Some(&[0; 32]));
}

#[test]
fn every_truncation_is_refused_but_between_events() {
    let first = log(&[hashed(7, 4, &[0; 4])]);
    let bytes = log(&[hashed(7, 4, &[0; 4]), hashed(6, 4, &[0; 4])]);
    for length in 0..bytes.len() {
        let whole = length == first.len() || length == header_bytes().len();
        assert_eq!(EventLog::parse(&bytes[..length]).is_ok(), whole, "{length} bytes");
    }
}

#[test]
fn what_the_profile_does_not_define_is_refused() {
    assert_eq!(
        fault(&[event_bytes(0, 0x1234, [0; 32], b"")]),
        "firmware event 1 is of the unknown type 0x00001234"
    );
    assert_eq!(fault(&[event_bytes(24, 1, [0; 32], b"")]), "firmware event 1 names PCR 24");
}

#[test]
fn data_must_be_what_was_extended() {
    assert_eq!(
        fault(&[hashed(7, 4, &[0; 4]), event_bytes(7, 0x8000_0001, [1; 32], b"SecureBoot")]),
        "firmware event 2 (EV_EFI_VARIABLE_DRIVER_CONFIG): the digest is not that of its data"
    );
    assert_eq!(fault(&[hashed(7, 4, b"text")]), "firmware event 1 is a separator with content");
}

#[test]
fn digests_are_those_that_the_header_announces() {
    let mut other = hashed(7, 4, &[0; 4]);
    other[12] = 0x0c;
    assert_eq!(
        fault(&[other]),
        "firmware event 1 has a digest of algorithm 0x000c, unannounced or twice"
    );
    let mut fewer = hashed(7, 4, &[0; 4]);
    fewer[8] = 1;
    assert_eq!(fault(&[fewer]), "firmware event 1 has 1 digests, the header says 2");
}

#[test]
fn a_log_of_the_old_form_is_refused() {
    assert_eq!(EventLog::parse(&[0; 64]).unwrap_err(), LogFault::NotALog);
}
