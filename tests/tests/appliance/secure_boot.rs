//! Firmware with Secure Boot starts the appliance that its builder signed, and no other.

use std::path::Path;

use cloister::{
    build::{
        appliance::{Appliance, Request},
        disk,
    },
    doctor::{self, requirement::Purpose},
    machine::{BootMedia, Options, enrolment::Certificates},
    milestone::Milestone,
};
use cloister_tests::{
    appliance,
    disk::{Damage, damage},
    running::Running,
};

/// What the firmware says of a program that it does not start.
fn refusal(options: &Options, image: &Path) -> String {
    let mut machine = Running::start_with(options, &BootMedia::Disk(image.to_owned()));
    let line = machine.line("refusal", |line| line.contains("BdsDxe: failed to load"));
    assert_eq!(machine.log(), [""; 0], "the boot program ran");
    line
}

#[test]
fn unsigned_and_altered_boot_programs_are_refused_by_the_firmware() {
    doctor::ensure(&[Purpose::SecureBoot]).expect("OVMF with Secure Boot, and virt-fw-vars");
    let directory = tempfile::tempdir().expect("a directory");
    let request = Request { policy: appliance::policy(), ..Request::default() };
    let built = Appliance::build(&request, directory.path()).expect("the appliance can be built");
    let enrolled = directory.path().join("enrolled.fd");
    Certificates::all(&built.certificate).enrol(&enrolled).expect("a store with enrolled keys");
    let options =
        Options { tpm: false, memory: 1024, enrolled: Some(enrolled), ..Options::default() };

    let signed = directory.path().join("signed.img");
    disk::write(&signed, &built.signed.program, &built.bundle).expect("an image");
    Running::start_with(&options, &BootMedia::Disk(signed.clone())).reach(Milestone::Locked);

    let unsigned = directory.path().join("unsigned.img");
    disk::write(&unsigned, &built.programs.efi, &built.bundle).expect("an image");
    let said = refusal(&options, &unsigned);
    assert!(said.ends_with("Access Denied"), "{said}");

    let altered = directory.path().join("altered.img");
    damage(&signed, &altered, disk::BOOT_PROGRAM, Damage::Corrupted);
    let said = refusal(&options, &altered);
    assert!(said.ends_with("Access Denied"), "{said}");
}
