use super::*;

const BY_AMBER: &str = "sign policy --role author --key amber.key --passphrase-file phrase";
const BY_BASIL: &str = "sign policy --role approver --key basil.key --passphrase-file phrase";

#[test]
fn signing_says_what_is_signed_and_by_whom() {
    let desk = Desk::new();
    desk.run(BY_AMBER);
    let (amber, basil) = (secret("amber").public(), secret("basil").public());
    assert_eq!(
        desk.run(BY_BASIL),
        format!(
            "Signing as approver: policy \"test\", version 7, SHA-256 {}.\n\
             Signatures in policy.sig:\n  author amber {amber}\n  approver basil {basil}\n",
            digest_of(&desk, "policy")
        )
    );
    assert_eq!(desk.mode("policy.sig"), 0o644);
}

#[test]
fn the_order_of_signing_does_not_show_in_the_file() {
    let (one, other) = (Desk::new(), Desk::new());
    one.run(BY_AMBER);
    one.run(BY_BASIL);
    other.run(BY_BASIL);
    other.run(BY_AMBER);
    assert_eq!(one.get("policy.sig"), other.get("policy.sig"));
}

#[test]
fn an_officer_signs_once() {
    let desk = Desk::signed();
    let before = desk.get("policy.sig");
    assert_eq!(
        desk.run(BY_BASIL),
        format!(
            "error: policy.sig has the signature of {} as approver already",
            secret("basil").public()
        )
    );
    assert_eq!(desk.get("policy.sig"), before);
}

#[test]
fn an_author_does_not_approve_and_there_is_one() {
    let desk = Desk::signed();
    assert_eq!(
        desk.run("sign policy --role approver --key amber.key --passphrase-file phrase"),
        format!(
            "error: {} cannot sign as approver: its author cannot also approve it; another \
             officer must",
            secret("amber").public()
        )
    );
    assert_eq!(
        desk.run("sign policy --role author --key clove.key --passphrase-file phrase"),
        format!(
            "error: {} cannot sign as author: another officer signed it as author, and a policy \
             has one author",
            secret("clove").public()
        )
    );
    let desk = Desk::new();
    desk.run(BY_BASIL);
    assert_eq!(
        desk.run("sign policy --role author --key basil.key --passphrase-file phrase"),
        format!(
            "error: {} cannot sign as author: this officer approved it, and an author cannot \
             also approve",
            secret("basil").public()
        )
    );
}

#[test]
fn the_signatures_of_another_policy_are_kept() {
    let desk = Desk::signed();
    let before = desk.get("policy.sig");
    desk.put("policy", &testing::policy(8, 2, &["amber", "basil", "clove"]));
    assert_eq!(
        desk.run(BY_AMBER),
        "error: policy.sig signs another policy: remove it if this one replaces that one, or \
         give another --signature"
    );
    assert_eq!(desk.get("policy.sig"), before);
    assert!(desk.run(&format!("{BY_AMBER} --signature other.sig")).contains("other.sig"));
}

#[test]
fn nothing_is_added_to_an_unsound_file() {
    let desk = Desk::signed();
    let mut signatures = desk.get("policy.sig");
    *signatures.last_mut().expect("not empty") ^= 1;
    desk.put("policy.sig", &signatures);
    let wrong = SignatureFile::decode(&signatures).expect("well formed").signatures()[1].key;
    assert_eq!(
        desk.run("sign policy --role approver --key clove.key --passphrase-file phrase"),
        format!(
            "error: nothing was added to policy.sig: the signature of {wrong} as approver is \
             wrong: it was altered, or made for something else"
        )
    );
    desk.put("policy.sig", b"");
    assert_eq!(
        desk.run(BY_AMBER),
        "error: nothing was added to policy.sig: the policy is not signed"
    );
}

#[test]
fn only_a_compiled_policy_is_signed() {
    let desk = Desk::new();
    desk.put("policy", b"[system]\nname = \"test\"\n");
    let refusal = desk.run(BY_AMBER);
    assert!(refusal.starts_with("error: policy is not a compiled policy ("), "{refusal}");
    assert!(!desk.path("policy.sig").exists());
}

#[test]
fn a_key_that_others_can_read_is_not_used() {
    let desk = Desk::new();
    fs::set_permissions(desk.path("amber.key"), fs::Permissions::from_mode(0o640)).expect("set");
    assert_eq!(
        desk.run(BY_AMBER),
        "error: others can read or write amber.key: run `chmod 600` on it, and think whether \
         they did"
    );
}

#[test]
fn a_wrong_passphrase_signs_nothing() {
    let desk = Desk::new();
    desk.put("phrase", b"another passphrase");
    assert_eq!(
        desk.run(BY_AMBER),
        "error: amber.key does not open: the passphrase is wrong, or the file was altered"
    );
    assert!(!desk.path("policy.sig").exists());
}

#[test]
fn development_keys_sign_without_passphrase() {
    let desk = Desk::new();
    desk.run("sign policy --role author --insecure-development-key");
    desk.run("sign policy --role approver --insecure-development-key");
    let file = SignatureFile::decode(&desk.get("policy.sig")).expect("well formed");
    let signers: Vec<_> = file.signatures().iter().map(|one| (one.role, one.key)).collect();
    assert_eq!(
        signers,
        [(Role::Author, development::AUTHOR), (Role::Approver, development::APPROVER)]
    );
    assert_eq!(
        desk.get("policy.sig"),
        crate::signing::sign_with_development_keys(&desk.get("policy"))
    );
}
