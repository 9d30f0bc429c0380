extern crate std;

use super::*;
use crate::signature::{
    Role::{Approver, Author, Successor},
    testing,
};
use std::{string::ToString, vec, vec::Vec};

const PAIR: &[(Role, &str)] = &[(Author, "amber"), (Approver, "basil")];

#[test]
fn a_file_is_read_as_it_was_written() {
    for signers in [&[][..], PAIR, &[(Successor, "dill"), (Approver, "amber"), (Author, "amber")]] {
        let bytes = testing::file(signers);
        let file = SignatureFile::decode(&bytes).expect("well formed");
        assert_eq!(file.signatures().len(), signers.len());
        assert_eq!(file.encode(), bytes[..]);
    }
}

#[test]
fn the_order_of_signing_does_not_matter() {
    let mut reversed = Vec::from(PAIR);
    reversed.reverse();
    assert_eq!(testing::file(PAIR), testing::file(&reversed));
}

#[test]
fn the_same_key_signs_once_in_a_role() {
    let mut file = SignatureFile::decode(&testing::file(PAIR)).expect("well formed");
    let again = file.add(testing::signed(Author, "amber"));
    assert_eq!(again, Err(Malformed::Order));
}

#[test]
fn a_full_file_takes_no_more() {
    let mut file = SignatureFile::new([0; 32]);
    let place =
        |number: u8| Signature { role: Approver, key: PublicKey([number; 32]), signature: [0; 64] };
    for number in 0..33 {
        assert_eq!(file.add(place(number)), Ok(()));
    }
    assert_eq!(file.add(place(33)), Err(Malformed::TooMany));
    assert_eq!(SignatureFile::decode(&file.encode()), Ok(file));
}

/// Each file that is refused before any cryptography, with the message.
#[test]
fn each_malformed_file_is_refused_with_its_message() {
    let good = testing::file(PAIR);
    let refusal = |bytes: &[u8]| SignatureFile::decode(bytes).expect_err("malformed").to_string();
    let with = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        refusal(&bytes)
    };
    let entries = |order: &[usize]| {
        let mut bytes = Vec::from(&good[..HEADER]);
        for place in order {
            bytes.extend(&good[HEADER + place * ENTRY..][..ENTRY]);
        }
        refusal(&bytes)
    };
    let malformed = "the policy's signature file is malformed: ";

    assert_eq!(refusal(&[]), "the policy is not signed");
    assert_eq!(
        with(0, b'X'),
        std::format!("{malformed}it does not begin as a signature file does")
    );
    assert_eq!(
        with(8, 2),
        "the policy's signatures are of format version 2; this appliance knows version 1"
    );
    assert_eq!(with(10, 34), std::format!("{malformed}it has too many signatures"));
    assert_eq!(with(10, 3), "the policy's signature file is cut off: it has 238 of 335 bytes");
    assert_eq!(with(10, 1), std::format!("{malformed}it has bytes after its end"));
    assert_eq!(with(11, 1), std::format!("{malformed}its reserved byte is not zero"));
    assert_eq!(with(HEADER, 9), std::format!("{malformed}a signature has the unknown role 9"));
    let order = std::format!("{malformed}its signatures are out of order, or one is there twice");
    assert_eq!(entries(&[1, 0]), order);
    assert_eq!(entries(&[1, 1]), order);
}

#[test]
fn a_file_cut_off_anywhere_is_refused_as_cut_off() {
    let good = testing::file(PAIR);
    let mut expected = vec![SignatureError::Unsigned];
    expected.extend((1..good.len()).map(|length| SignatureError::Truncated {
        length,
        expected: if length < HEADER { HEADER } else { good.len() },
    }));
    for (length, expected) in expected.into_iter().enumerate() {
        assert_eq!(SignatureFile::decode(&good[..length]), Err(expected));
    }
}
