use super::*;

#[test]
fn a_new_key_is_for_its_owner_alone_and_signs() {
    let desk = Desk::new();
    let said = desk.run("keygen dill --output new.key --passphrase-file phrase");
    let (before, key) = said.trim_end().rsplit_once('\n').expect("lines");
    assert_eq!(
        before,
        "The secret key of dill is in new.key.\nFor the policy, under [officers] in `keys`:"
    );
    assert!(key.starts_with("dill = \"ed25519:"), "{key}");
    assert_eq!(desk.mode("new.key"), 0o600);
    let signed = desk.run("sign policy --role author --key new.key --passphrase-file phrase");
    assert!(signed.contains("  author (not in this policy) ed25519:"), "{signed}");
}

#[test]
fn two_new_keys_differ() {
    let (one, other) = (Desk::new(), Desk::new());
    let line = "keygen dill --output new.key --passphrase-file phrase";
    assert_ne!(one.run(line), other.run(line));
}

#[test]
fn a_key_is_never_overwritten() {
    let desk = Desk::new();
    let before = desk.get("amber.key");
    assert_eq!(
        desk.run("keygen amber --output amber.key --passphrase-file phrase"),
        "error: amber.key exists and is not overwritten: remove it, or choose another name"
    );
    assert_eq!(desk.get("amber.key"), before);
}

#[test]
fn a_short_passphrase_is_refused() {
    let desk = Desk::new();
    desk.put("short", b"horse\nbattery staple\n");
    assert_eq!(
        desk.run("keygen dill --output new.key --passphrase-file short"),
        "error: the passphrase has 5 characters: take at least 12"
    );
    assert!(!desk.path("new.key").exists());
}
