extern crate std;

use super::*;
use crate::signature::{
    Role::{self, Approver, Author, Successor},
    development,
    testing::{POLICY, anchors, file, public, signed},
};
use std::{string::ToString, vec::Vec};

const ALL: &[&str] = &["amber", "basil", "clove"];
const PAIR: &[(Role, &str)] = &[(Author, "amber"), (Approver, "basil")];

fn verdict(required: u8, officers: &[&str], signers: &[(Role, &str)]) -> std::string::String {
    match verify(POLICY, &file(signers), &anchors(required, officers)) {
        Ok(approval) => approval.to_string(),
        Err(refusal) => std::format!("refused: {refusal}"),
    }
}

#[test]
fn enough_officers_approve() {
    assert_eq!(verdict(2, ALL, PAIR), "written by amber, approved by basil");
    assert_eq!(
        verdict(1, ALL, &[(Approver, "clove"), (Author, "basil")]),
        "written by basil, approved by clove"
    );
    let three = verdict(3, ALL, &[(Author, "amber"), (Approver, "basil"), (Approver, "clove")]);
    assert!(
        three == "written by amber, approved by basil and clove"
            || three == "written by amber, approved by clove and basil"
    );
}

#[test]
fn no_signatures_is_unsigned() {
    assert_eq!(verdict(2, ALL, &[]), "refused: the policy is not signed");
    assert_eq!(verify(POLICY, &[], &anchors(2, ALL)), Err(SignatureError::Unsigned));
}

#[test]
fn too_few_officers_are_counted() {
    assert_eq!(
        verdict(2, ALL, &[(Author, "amber")]),
        "refused: the policy is signed by 1 of the 2 officers that must sign"
    );
    assert_eq!(
        verdict(3, ALL, PAIR),
        "refused: the policy is signed by 2 of the 3 officers that must sign"
    );
}

#[test]
fn an_author_who_approves_counts_once() {
    let alone = "refused: the policy's author, amber, is its only approver; another officer must \
                 approve";
    let twice = [(Author, "amber"), (Approver, "amber")];
    for required in 1..=3 {
        assert_eq!(verdict(required, ALL, &twice), alone);
    }
    assert_eq!(verdict(1, ALL, &[(Author, "amber")]), alone);
    assert_eq!(
        verdict(3, ALL, &[(Author, "amber"), (Approver, "amber"), (Approver, "basil")]),
        "refused: the policy is signed by 2 of the 3 officers that must sign"
    );
}

#[test]
fn a_successor_counts_for_nothing() {
    assert_eq!(
        verdict(2, ALL, &[(Author, "amber"), (Successor, "basil")]),
        "refused: the policy is signed by 1 of the 2 officers that must sign"
    );
}

#[test]
fn a_single_officer_is_enough_and_is_named_as_such() {
    assert_eq!(
        verdict(1, &["amber"], &[(Author, "amber")]),
        "written by amber, the only officer, approved by nobody else"
    );
}

#[test]
fn exactly_one_officer_is_the_author() {
    assert_eq!(
        verdict(2, ALL, &[(Approver, "amber"), (Approver, "basil")]),
        "refused: no officer signed the policy as its author"
    );
    let two = verdict(2, ALL, &[(Author, "amber"), (Author, "basil")]);
    assert!(two.ends_with("signed the policy as author; a policy has one author"));
}

#[test]
fn a_signature_by_nobody_in_office_is_refused_even_beside_enough_others() {
    assert_eq!(
        verdict(2, ALL, &[(Author, "amber"), (Approver, "basil"), (Approver, "dill")]),
        std::format!(
            "refused: the policy is signed as approver with {}, which is no officer's key",
            public("dill")
        )
    );
}

#[test]
fn another_policy_is_altered() {
    let refusal = verify(b"another policy", &file(PAIR), &anchors(2, ALL));
    assert_eq!(
        refusal.expect_err("not the signed one").to_string(),
        "the policy was altered after it was signed"
    );
}

#[test]
fn a_signature_in_another_role_is_wrong() {
    let mut file = SignatureFile::new(digest(POLICY));
    for (role, name, signed_as) in [(Author, "amber", Author), (Approver, "basil", Author)] {
        let signature = Signature { role, ..signed(signed_as, name) };
        file.add(signature).expect("room");
    }
    let refusal = verify(POLICY, &file.encode(), &anchors(2, ALL)).expect_err("relabelled");
    assert_eq!(
        refusal.to_string(),
        std::format!(
            "the signature of {} as approver is wrong: it was altered, or made for something else",
            public("basil")
        )
    );
}

#[test]
fn development_officers_are_named_insecure() {
    let officers = [("amber", public("amber")), ("basil", development::APPROVER)];
    let mixed = TrustAnchors::new(1, officers).expect("sound");
    let alone = Approval {
        digest: [0; 32],
        author: mixed.officers()[0].clone(),
        approvers: mixed.officers()[1..].iter().cloned().collect(),
        successors: Successors::new(),
    };
    assert!(alone.insecure_development_key());
    assert!(alone.to_string().ends_with(" (INSECURE: signed with a published development key)"));
    assert!(development::anchors().is_ok());
}

/// Every single bit of the policy and of its signature file matters.
#[test]
fn a_bit_flipped_anywhere_is_refused() {
    let anchors = anchors(2, ALL);
    let signatures =
        file(&[(Author, "amber"), (Approver, "basil"), (Approver, "clove"), (Successor, "dill")]);
    assert!(verify(POLICY, &signatures, &anchors).is_ok());

    let mut policy = Vec::from(POLICY);
    for bit in 0..policy.len() * 8 {
        policy[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verify(&policy, &signatures, &anchors), Err(SignatureError::Altered));
        policy[bit / 8] ^= 1 << (bit % 8);
    }

    let mut flipped = signatures.clone();
    for bit in 0..flipped.len() * 8 {
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(POLICY, &flipped, &anchors).is_err(), "bit {bit}");
        flipped[bit / 8] ^= 1 << (bit % 8);
    }
    assert_eq!(flipped, signatures);
}

/// The file format and the signed message, fixed: a change of either fails here.
#[test]
fn the_test_vector_verifies() {
    let digits: std::string::String = include_str!("vector.hex").split_whitespace().collect();
    let signatures: Vec<u8> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(pair, 16).expect("hexadecimal")
        })
        .collect();
    assert_eq!(signatures, file(PAIR));
    assert!(verify(POLICY, &signatures, &anchors(2, ALL)).is_ok());
}

/// RFC 8032, section 5.1.7: S is below the group order L. With L added the equation holds as well,
/// so that anybody could make a second signature of one that an officer made.
#[test]
fn a_signature_has_one_form_only() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut other = signed(Author, "amber");
    assert_eq!(other.verify(&digest(POLICY)), Ok(()));
    let mut carry = 0;
    for (byte, order) in other.signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    assert_eq!(carry, 0);
    let (key, role) = (public("amber"), Author);
    assert_eq!(other.verify(&digest(POLICY)), Err(SignatureError::SignatureWrong { key, role }));
}
