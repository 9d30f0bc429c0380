extern crate std;

use super::*;
use crate::signature::testing::{anchors, public};
use std::{string::ToString, vec::Vec};

#[test]
fn a_record_is_read_as_it_was_written() {
    for names in [&["amber"][..], &["clove", "amber", "basil"]] {
        for required in 1..=names.len() as u8 {
            let anchors = anchors(required, names);
            assert_eq!(TrustAnchors::decode(&anchors.encode()), Ok(anchors));
        }
    }
}

#[test]
fn the_order_in_which_officers_are_listed_does_not_matter() {
    assert_eq!(
        anchors(2, &["amber", "basil", "clove"]).encode(),
        anchors(2, &["clove", "amber", "basil"]).encode()
    );
}

#[test]
fn the_record_of_one_officer_has_these_bytes() {
    let mut expected = Vec::from(*b"CLSTROFF\x01\x00\x01\x01");
    expected.extend(public("amber").0);
    expected.extend(b"\x05amber");
    assert_eq!(anchors(1, &["amber"]).encode(), expected[..]);
}

/// Each record that is refused, with the message.
#[test]
fn each_unsound_record_is_refused_with_its_message() {
    let good = anchors(2, &["amber", "basil"]).encode();
    let refusal = |bytes: &[u8]| TrustAnchors::decode(bytes).expect_err("unsound").to_string();
    let with = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        refusal(&bytes)
    };
    let mut swapped = Vec::from(&good[..12]);
    swapped.extend(&good[50..]);
    swapped.extend(&good[12..50]);
    let mut twice = Vec::from(&good[..50]);
    twice.extend(&good[12..50]);
    let mut longer = Vec::from(&good[..]);
    longer.push(0);

    assert_eq!(with(0, b'X'), "this is not an officers' record");
    assert_eq!(
        with(8, 2),
        "the officers' record is of format version 2; this program knows version 1"
    );
    assert_eq!(
        with(10, 0),
        "0 of 2 officers cannot be required: it must be at least 1 and at most the number of \
         officers"
    );
    assert_eq!(
        with(10, 3),
        "3 of 2 officers cannot be required: it must be at least 1 and at most the number of \
         officers"
    );
    assert_eq!(with(11, 3), "the officers' record ends early");
    assert_eq!(with(11, 1), "the officers' record has bytes after its end");
    assert_eq!(with(45, b' '), "an officer's name has 1 to 32 letters, digits, `-`, `_` or `.`");
    assert_eq!(refusal(&swapped), "the officers are not in the order of their keys");
    assert_eq!(
        refusal(&twice),
        std::format!(
            "two officers have the same key, {}",
            PublicKey(good[12..44].try_into().expect("32 bytes"))
        )
    );
    assert_eq!(refusal(&longer), "the officers' record has bytes after its end");
    for length in 0..good.len() {
        assert_eq!(refusal(&good[..length]), "the officers' record ends early");
    }
}

#[test]
fn names_must_differ_and_keys_must_be_usable() {
    let weak = PublicKey([0; 32]);
    let new = |list: &[(&str, PublicKey)]| {
        TrustAnchors::new(1, list.iter().copied()).expect_err("unsound").to_string()
    };
    assert_eq!(
        new(&[("amber", public("amber")), ("amber", public("basil"))]),
        "two officers have the same name"
    );
    assert_eq!(new(&[("amber", weak)]), std::format!("{weak} is not a usable public key"));
    assert_eq!(
        new(&[]),
        "1 of 0 officers cannot be required: it must be at least 1 and at most the number of \
         officers"
    );
    let long = "a".repeat(33);
    assert_eq!(
        new(&[(&long, public("amber"))]),
        "an officer's name has 1 to 32 letters, digits, `-`, `_` or `.`"
    );
}

#[test]
fn there_are_at_most_sixteen_officers() {
    let names: Vec<_> = (0..17).map(|number| std::format!("officer-{number}")).collect();
    let officers: Vec<_> = (100_u8..117)
        .zip(&names)
        .map(|(seed, name)| {
            let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key();
            (name.as_str(), PublicKey(key.to_bytes()))
        })
        .collect();
    assert!(TrustAnchors::new(16, officers[..16].iter().copied()).is_ok());
    assert_eq!(TrustAnchors::new(16, officers), Err(AnchorsError::TooMany));
}
