use super::*;

#[test]
fn what_enough_officers_signed_is_approved() {
    let desk = Desk::signed();
    assert_eq!(
        desk.run("verify policy --officers record --last-version 7"),
        format!(
            "Approved: policy \"test\", version 7, SHA-256 {}.\n\
             It was written by amber, approved by basil.\n\
             It leaves the officers as they are.\n",
            digest_of(&desk, "policy")
        )
    );
}

#[test]
fn each_refusal_has_its_message() {
    let desk = Desk::signed();
    let verify = "verify policy --officers record";
    assert_eq!(
        desk.run(&format!("{verify} --last-version 8")),
        "error: refused: the policy is version 7, older than version 8, which this appliance has \
         run"
    );
    assert_eq!(
        desk.run("verify policy --insecure-development-key"),
        format!(
            "error: refused: the policy is signed as author with {}, which is no officer's key",
            secret("amber").public()
        )
    );
    let signatures = desk.get("policy.sig");
    desk.put("policy.sig", &signatures[..100]);
    assert_eq!(
        desk.run(verify),
        "error: refused: the policy's signature file is cut off: it has 100 of 238 bytes"
    );
    fs::remove_file(desk.path("policy.sig")).expect("removed");
    assert_eq!(desk.run(verify), "error: refused: the policy is not signed");
    desk.run("sign policy --role author --key amber.key --passphrase-file phrase");
    assert_eq!(
        desk.run(verify),
        "error: refused: the policy is signed by 1 of the 2 officers that must sign"
    );
    desk.put("policy.sig", &signatures);
    desk.put("policy", &testing::policy(8, 2, &["amber", "basil", "clove"]));
    assert_eq!(desk.run(verify), "error: refused: the policy was altered after it was signed");
}

#[test]
fn the_record_of_officers_is_shown_to_be_compared() {
    let desk = Desk::new();
    let mut officers = ["amber", "basil", "clove"].map(|name| (secret(name).public(), name));
    officers.sort_unstable();
    let lines: String = officers.iter().map(|(key, name)| format!("  {name} {key}\n")).collect();
    assert_eq!(
        desk.run("officers policy -o record"),
        format!(
            "2 of these 3 officers must sign:\n{lines}Compare each key with its officer before \
             you build an image with it.\n"
        )
    );
    assert_eq!(
        desk.run("officers policy -o record"),
        "error: record exists and is not overwritten: remove it, or choose another name"
    );
}

#[test]
fn a_single_officer_is_warned_about() {
    let desk = Desk::new();
    desk.put("policy", &testing::policy(7, 1, &["amber"]));
    let said = desk.run("officers policy -o record");
    assert!(said.contains("Warning: a single officer; nobody approves what this one writes.\n"));
    desk.run("sign policy --role author --key amber.key --passphrase-file phrase");
    let said = desk.run("verify policy --officers record");
    assert!(said.contains("It was written by amber, the only officer, approved by nobody else.\n"));
}

#[test]
fn a_change_of_officers_needs_the_successor_and_is_spelled_out() {
    let desk = Desk::signed();
    desk.put("policy", &testing::policy(8, 1, &["basil", "clove", "dill"]));
    fs::remove_file(desk.path("policy.sig")).expect("removed");
    key_file(desk.folder(), "dill");
    desk.run("sign policy --role author --key amber.key --passphrase-file phrase");
    desk.run("sign policy --role approver --key basil.key --passphrase-file phrase");
    assert_eq!(
        desk.run("verify policy --officers record"),
        "error: refused: the policy makes dill an officer, but dill has not signed it as successor"
    );
    desk.run("sign policy --role successor --key dill.key --passphrase-file phrase");
    assert_eq!(
        desk.run("verify policy --officers record"),
        format!(
            "Approved: policy \"test\", version 8, SHA-256 {}.\n\
             It was written by amber, approved by basil.\n\
             It changes the officers, from the next image on:\n  \
             dill takes office with {}\n  amber leaves office with {}\n  \
             1 officers must sign, where 2 had to\n",
            digest_of(&desk, "policy"),
            secret("dill").public(),
            secret("amber").public()
        )
    );
}

#[test]
fn a_policy_without_officers_leaves_them_and_has_no_record() {
    let desk = Desk::signed();
    desk.put("policy", &testing::policy(7, 0, &[]));
    assert_eq!(
        desk.run("officers policy -o record"),
        "error: the policy names no officers: add an [officers] section"
    );
    fs::remove_file(desk.path("policy.sig")).expect("removed");
    desk.run("sign policy --role author --key amber.key --passphrase-file phrase");
    desk.run("sign policy --role approver --key clove.key --passphrase-file phrase");
    let said = desk.run("verify policy --officers record");
    assert!(said.ends_with("It leaves the officers as they are.\n"), "{said}");
}

/// The compiled policy of a real shape, not only any bytes: no bit of it can change.
#[test]
fn a_bit_flipped_anywhere_in_policy_or_signatures_is_refused() {
    use cloister_policy_format::signature::{TrustAnchors, verify};
    let desk = Desk::signed();
    let anchors = TrustAnchors::decode(&desk.get("record")).expect("sound");
    let (policy, signatures) = (desk.get("policy"), desk.get("policy.sig"));
    assert!(verify(&policy, &signatures, &anchors).is_ok());
    let mut both = [policy.as_slice(), &signatures].concat();
    for bit in 0..both.len() * 8 {
        both[bit / 8] ^= 1 << (bit % 8);
        let (policy, signatures) = both.split_at(policy.len());
        assert!(verify(policy, signatures, &anchors).is_err(), "bit {bit}");
        both[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn the_author_whom_the_policy_names_must_be_the_one_who_signed() {
    let desk = Desk::new();
    let officers = &["amber", "basil", "clove"];
    desk.put("policy", &testing::policy(7, 2, officers));
    desk.run("officers policy -o record");
    desk.put("policy", &testing::policy_by(Some("amber"), 7, 2, officers));
    let clove = secret("clove").public();
    assert_eq!(
        desk.run("sign policy --role author --key clove.key --passphrase-file phrase"),
        format!(
            "error: {clove} cannot sign as author: the policy names another officer as its author"
        )
    );
    assert_eq!(
        desk.run("sign policy --role approver --key amber.key --passphrase-file phrase"),
        format!(
            "error: {} cannot sign as approver: its author cannot also approve it; another \
             officer must",
            secret("amber").public()
        )
    );

    // Who signs with another tool gets no further.
    let bytes = desk.get("policy");
    let digest = cloister_policy_format::signature::digest(&bytes);
    let mut file = SignatureFile::new(digest);
    for (role, name) in [(Role::Author, "clove"), (Role::Approver, "amber")] {
        file.add(secret(name).sign(role, &digest)).expect("room");
    }
    desk.put("policy.sig", &file.encode());
    assert_eq!(
        desk.run("verify policy --officers record"),
        format!(
            "error: refused: clove signed the policy as its author, but it names the officer \
             with {} as author",
            secret("amber").public()
        )
    );
}
