//! What the appliance refuses to read, each with its own message.

use std::{collections::BTreeSet, fs};

use cloister_policy::compile::compile;
use cloister_policy_format::{
    DecodeError, MAGIC, PRELUDE_BYTES, PolicyView, RecordFault, SectionKind,
};

use crate::common::{check_fixture, path};

fn compiled() -> Vec<u8> {
    let text = fs::read(path("tests/fixtures/P224-near-expiry.toml")).expect("a fixture");
    compile(&check_fixture("p.toml", text)).expect("sound").bytes
}

/// Where the table says how many records and bytes a section has.
fn entry(section: SectionKind) -> usize {
    PRELUDE_BYTES - SectionKind::COUNT * 8 + section as usize * 8
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// The policy with a section's records changed, and lengths that say so.
fn with_section(section: SectionKind, change: impl Fn(&mut u32, &mut Vec<u8>)) -> Vec<u8> {
    let bytes = compiled();
    let before: usize = SectionKind::ALL[..section as usize]
        .iter()
        .map(|kind| number(&bytes, entry(*kind) + 4) as usize)
        .sum();
    let start = PRELUDE_BYTES + before;
    let end = start + number(&bytes, entry(section) + 4) as usize;
    let mut count = number(&bytes, entry(section));
    let mut body = bytes[start..end].to_vec();
    change(&mut count, &mut body);
    let mut changed = [&bytes[..start], &body, &bytes[end..]].concat();
    let length = changed.len() as u32;
    changed[12..16].copy_from_slice(&length.to_le_bytes());
    changed[entry(section)..entry(section) + 4].copy_from_slice(&count.to_le_bytes());
    changed[entry(section) + 4..entry(section) + 8]
        .copy_from_slice(&(body.len() as u32).to_le_bytes());
    changed
}

fn refusal(bytes: &[u8]) -> DecodeError {
    PolicyView::decode(bytes).expect_err("it is refused")
}

fn fault(bytes: &[u8]) -> RecordFault {
    match refusal(bytes) {
        DecodeError::Record { fault, .. } => fault,
        other => panic!("not a record's fault: {other}"),
    }
}

#[test]
fn every_cut_is_refused() {
    let bytes = compiled();
    for length in 0..bytes.len() {
        let error = refusal(&bytes[..length]);
        assert!(matches!(error, DecodeError::Truncated { .. }), "{length}: {error}");
    }
}

#[test]
fn what_follows_the_end_is_refused() {
    let mut bytes = compiled();
    bytes.push(0);
    assert_eq!(refusal(&bytes), DecodeError::TrailingBytes { count: 1 });
}

#[test]
fn other_files_and_other_versions_are_told_apart() {
    let mut bytes = compiled();
    bytes[MAGIC.len()] = 2;
    assert_eq!(refusal(&bytes), DecodeError::OtherFormatVersion { found: 2 });
    bytes[0] = b'X';
    assert_eq!(refusal(&bytes), DecodeError::NotAPolicy);
}

#[test]
fn records_name_only_what_exists() {
    // An image's kernel is the file number after its name.
    let dangling = with_section(SectionKind::Images, |_, body| {
        let at = 1 + usize::from(body[0]);
        body[at] = 9;
    });
    assert_eq!(fault(&dangling), RecordFault::Dangling { field: "kernel", value: 9, count: 2 });
}

#[test]
fn there_is_one_encoding_of_each_number() {
    let longer = with_section(SectionKind::Images, |_, body| {
        let at = 1 + usize::from(body[0]);
        body[at] |= 0x80;
        body.insert(at + 1, 0);
    });
    assert_eq!(fault(&longer), RecordFault::NotCanonical);
}

#[test]
fn texts_are_utf8() {
    let broken = with_section(SectionKind::Worlds, |_, body| body[1] = 0xff);
    assert_eq!(fault(&broken), RecordFault::NotUtf8);
}

#[test]
fn counts_are_exact() {
    let fewer = with_section(SectionKind::Worlds, |count, _| *count -= 1);
    assert!(matches!(
        refusal(&fewer),
        DecodeError::SectionLength { .. } | DecodeError::Record { .. }
    ));
    let more = with_section(SectionKind::Files, |count, _| *count += 1);
    assert_eq!(fault(&more), RecordFault::Truncated);
    let none = with_section(SectionKind::System, |count, body| {
        *count = 0;
        body.clear();
    });
    let section = SectionKind::System;
    assert_eq!(refusal(&none), DecodeError::SectionCount { section, found: 0 });
}

#[test]
fn the_schedule_has_no_gap() {
    let gap = with_section(SectionKind::MinorFrames, |count, body| {
        *count -= 1;
        // The last slot: processor, start, length, subject, barrier.
        let (_, rest) = (0..*count).fold((0, &body[..]), |(used, rest), _| {
            let length = frame_length(rest);
            (used + length, &rest[length..])
        });
        let kept = body.len() - rest.len();
        body.truncate(kept);
        // What is left ends early when its length is halved.
        let length_at = frame_fields(body)[1];
        body[length_at] ^= 1;
    });
    assert_eq!(fault(&gap), RecordFault::Gap);
}

/// Where the fields start and length of a slot's record begin.
fn frame_fields(body: &[u8]) -> [usize; 2] {
    let start = 1;
    [start, start + varint(&body[start..])]
}

fn frame_length(body: &[u8]) -> usize {
    let [_, length] = frame_fields(body);
    let subject = length + varint(&body[length..]);
    let named = if body[subject] == 1 { varint(&body[subject + 1..]) } else { 0 };
    subject + 1 + named + 1
}

fn varint(bytes: &[u8]) -> usize {
    1 + bytes.iter().take_while(|byte| **byte & 0x80 != 0).count()
}

#[test]
fn every_refusal_has_a_message_of_its_own() {
    let section = SectionKind::Worlds;
    let record = |fault| DecodeError::Record { section, record: 1, fault };
    let errors = [
        DecodeError::NotAPolicy,
        DecodeError::OtherFormatVersion { found: 2 },
        DecodeError::Truncated { needed: 9, present: 1 },
        DecodeError::TrailingBytes { count: 1 },
        DecodeError::SectionTable,
        DecodeError::SectionLength { section },
        DecodeError::SectionCount { section, found: 0 },
        record(RecordFault::Malformed),
        record(RecordFault::Truncated),
        record(RecordFault::NotUtf8),
        record(RecordFault::NotCanonical),
        record(RecordFault::Dangling { field: "image", value: 9, count: 1 }),
        record(RecordFault::OutOfRange { field: "memory" }),
        record(RecordFault::Order),
        record(RecordFault::Gap),
    ];
    let messages: BTreeSet<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(messages.len(), errors.len());
}
