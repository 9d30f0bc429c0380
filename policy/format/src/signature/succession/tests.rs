extern crate std;

use super::*;
use crate::signature::{
    Role::{self, Approver, Author, Successor},
    testing::{POLICY, anchors, file, public},
    verify,
};
use std::string::ToString;

/// The approval by amber and basil, with these successors.
fn approval(successors: &[&str]) -> Approval {
    let mut signers: std::vec::Vec<(Role, &str)> =
        std::vec![(Author, "amber"), (Approver, "basil")];
    signers.extend(successors.iter().map(|name| (Successor, *name)));
    verify(POLICY, &file(&signers), &anchors(2, &["amber", "basil"])).expect("approved")
}

fn succession(
    successors: &[&str],
    required: u8,
    named: &[&str],
) -> Result<Succession, SuccessionError> {
    approval(successors).succession(&anchors(2, &["amber", "basil"]), &anchors(required, named))
}

#[test]
fn the_officers_in_office_need_no_successor() {
    assert_eq!(succession(&[], 2, &["basil", "amber"]), Ok(Succession::Unchanged));
}

#[test]
fn leaving_and_another_threshold_are_changes() {
    assert_eq!(succession(&[], 1, &["amber"]), Ok(Succession::Changed));
    assert_eq!(succession(&[], 1, &["amber", "basil"]), Ok(Succession::Changed));
}

#[test]
fn an_officer_who_is_added_must_have_signed() {
    assert_eq!(succession(&["clove"], 2, &["amber", "clove"]), Ok(Succession::Changed));
    let refusal = succession(&["clove"], 2, &["clove", "dill"]).expect_err("dill is missing");
    assert_eq!(
        refusal.to_string(),
        "the policy makes dill an officer, but dill has not signed it as successor"
    );
}

#[test]
fn a_successor_who_is_not_added_is_refused() {
    for named in [&["amber", "basil"][..], &["amber"]] {
        let refusal = succession(&["clove"], 1, named).expect_err("clove is not added");
        assert_eq!(
            refusal.to_string(),
            std::format!(
                "the policy is signed as successor with {}, which it does not make an officer's",
                public("clove")
            )
        );
    }
    let refusal = succession(&["basil"], 1, &["amber", "basil"]).expect_err("already in office");
    assert_eq!(refusal, SuccessionError::NotGiven(public("basil")));
}
