//! Files on the EFI system partition that are not what the manifest says.

use cloister::{
    machine::{BootMedia, Options},
    outcome::Outcome,
};
use cloister_tests::{
    appliance,
    disk::{self, Damage},
    running::Running,
    sight::Picture,
};

/// Boots with a damaged file; returns the message with which the appliance stops, after a look
/// whether the screen shows something.
fn message(name: &str, damage: Damage) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let image = directory.path().join("damaged.img");
    disk::damage(&appliance::disk_image(), &image, name, damage);
    let options = Options { tpm: false, memory: 1024, ..Options::default() };
    let mut machine = Running::start_with(&options, &BootMedia::Disk(image));
    let outcome = machine.outcome(None);
    let Outcome::Stopped(message) = outcome else {
        panic!("{outcome}, with {name} {damage:?}:\n{}", machine.log().join("\n"));
    };
    assert!(Picture::take(machine.machine()).colors() >= 2, "the screen is blank");
    message
}

#[test]
fn a_missing_file_stops_the_boot_and_is_named() {
    let message = message("cloister/debian/initrd.img", Damage::Removed);
    assert_eq!(message, "cloister/debian/initrd.img: missing on the EFI system partition");
}

#[test]
fn a_truncated_file_stops_the_boot_and_is_named() {
    let message = message("cloister/debian/vmlinuz", Damage::Truncated);
    assert!(message.starts_with("cloister/debian/vmlinuz: truncated: "), "{message}");
}

#[test]
fn a_corrupted_file_stops_the_boot_and_is_named() {
    let message = message("cloister/policy.bin", Damage::Corrupted);
    assert!(message.starts_with("cloister/policy.bin: corrupted: SHA-256 is "), "{message}");
}

#[test]
fn a_missing_manifest_stops_the_boot_and_is_named() {
    let message = message("cloister/manifest", Damage::Removed);
    assert_eq!(message, "cloister/manifest: missing on the EFI system partition");
}

#[test]
fn a_corrupted_manifest_stops_the_boot() {
    let message = message("cloister/manifest", Damage::Corrupted);
    assert!(message.starts_with("cloister/"), "{message}");
}
