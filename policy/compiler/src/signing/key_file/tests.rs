use super::*;
use crate::signing::testing::{CHEAP, PASSPHRASE, secret};

fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE.to_owned())
}

fn sealed() -> KeyFile {
    KeyFile::seal("amber", &secret("amber"), &passphrase(), CHEAP).expect("sealed")
}

fn refusal(file: &KeyFile, passphrase: &Passphrase) -> String {
    file.open(passphrase, Path::new("amber.key")).expect_err("refused").to_string()
}

#[test]
fn a_key_that_was_sealed_opens_from_its_text() {
    let text = sealed().to_text();
    let file = KeyFile::from_text(&text, Path::new("amber.key")).expect("well formed");
    assert_eq!(file.to_text(), text);
    let opened = file.open(&passphrase(), Path::new("amber.key")).expect("right passphrase");
    assert_eq!(opened.public(), secret("amber").public());
}

#[test]
fn the_recommended_stretching_is_within_what_is_opened() {
    let file = KeyFile::seal("amber", &secret("amber"), &passphrase(), Stretching::RECOMMENDED)
        .expect("sealed");
    assert!(file.open(&passphrase(), Path::new("amber.key")).is_ok());
}

#[test]
fn the_text_does_not_contain_the_key() {
    let seed = hex::encode(secret("amber").seed().as_slice());
    assert!(!sealed().to_text().contains(&seed));
    assert!(!format!("{:?}", secret("amber")).contains(&seed));
}

#[test]
fn a_wrong_passphrase_is_refused() {
    let wrong = Passphrase::new("incorrect horse battery".to_owned());
    assert_eq!(
        refusal(&sealed(), &wrong),
        "amber.key does not open: the passphrase is wrong, or the file was altered"
    );
}

#[test]
fn each_altered_field_is_refused() {
    let altered = "amber.key does not open: the passphrase is wrong, or the file was altered";
    let alter = |change: fn(&mut KeyFile)| {
        let mut file = sealed();
        change(&mut file);
        refusal(&file, &passphrase())
    };
    assert_eq!(alter(|file| file.name = "basil".to_owned()), altered);
    assert_eq!(alter(|file| file.public_key = secret("basil").public().to_string()), altered);
    assert_eq!(alter(|file| file.argon2id.passes = 2), altered);
    assert_eq!(alter(|file| file.salt[0] ^= 1), altered);
    assert_eq!(alter(|file| file.nonce[23] ^= 0x80), altered);
    for byte in 0..48 {
        let mut file = sealed();
        file.sealed_key[byte] ^= 1;
        assert_eq!(refusal(&file, &passphrase()), altered);
    }
}

#[test]
fn a_file_cannot_ask_for_all_memory() {
    let mut file = sealed();
    file.argon2id.memory_kib = u32::MAX;
    assert_eq!(
        refusal(&file, &passphrase()),
        "amber.key is not a secret key file: its stretching parameters or its key are out of range"
    );
}

#[test]
fn other_files_are_refused_with_a_reason() {
    let reason = |text: &str| {
        KeyFile::from_text(text, Path::new("amber.key")).expect_err("no key").to_string()
    };
    assert_eq!(
        reason(&sealed().to_text().replace("format = 1", "format = 2")),
        "amber.key is not a secret key file: it has format 2, this program knows 1"
    );
    assert_eq!(reason("format = 1"), "amber.key is not a secret key file: missing field `name`");
    assert_eq!(
        reason(&format!("{}extra = 1\n", sealed().to_text())),
        "amber.key is not a secret key file: unknown field `extra`, expected one of `format`, \
         `name`, `public-key`, `argon2id`, `salt`, `nonce`, `sealed-key`"
    );
}

#[test]
fn a_name_that_no_policy_can_have_is_refused() {
    let refused = KeyFile::seal("am\"ber", &secret("amber"), &passphrase(), CHEAP);
    assert_eq!(
        refused.expect_err("not a name").to_string(),
        "an officer's name has 1 to 32 letters, digits, `-`, `_` or `.`"
    );
}
