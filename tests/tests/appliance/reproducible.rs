//! The same sources give the same bytes.

use std::{path::Path, process::Command};

use cloister::{
    build::{
        appliance::{Appliance, Request},
        bare, disk,
    },
    machine::{BootMedia, options::Firmware},
    workspace,
};
use cloister_tests::appliance;

#[test]
fn two_builds_give_the_same_image() {
    let _ = appliance::disk_image();
    let digest = || {
        let directory = tempfile::tempdir().expect("a directory");
        let request = Request { policy: appliance::policy(), ..Request::default() };
        let built = Appliance::build(&request, directory.path()).expect("a build");
        match built.write(Firmware::Uefi, directory.path()).expect("an image") {
            BootMedia::Disk(image) => disk::digest(&image).expect("a digest"),
            other => panic!("UEFI boots from a disk, not from {other:?}"),
        }
    };
    assert_eq!(digest(), digest());
}

#[test]
fn the_boot_program_does_not_depend_on_where_its_sources_are() {
    let _ = appliance::disk_image();
    let directory = tempfile::tempdir().expect("a directory");
    let elsewhere = directory.path().join("somewhere/else");
    copy_sources(&workspace::root(), &elsewhere);
    let build = |root: &Path, output: &str| {
        bare::build(root, &directory.path().join(output), None).expect("a build").efi
    };
    assert!(
        build(&workspace::root(), "here") == build(&elsewhere, "there"),
        "the boot programs differ"
    );
}

/// Copies what cargo reads, without what it wrote.
fn copy_sources(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in from.read_dir().expect("the sources").flatten() {
        let name = entry.file_name();
        let skipped = name.to_string_lossy().starts_with("target") || name == ".git";
        if !skipped {
            let mut copy = Command::new("cp");
            copy.arg("-r").arg(entry.path()).arg(to.join(name));
            assert!(copy.status().expect("cp runs").success());
        }
    }
}
