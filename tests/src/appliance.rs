//! The appliances that the tests boot. Each is built once, by the test that needs it first.

use std::{
    collections::BTreeMap,
    fs::File,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use cloister::{
    build::appliance::{Appliance, Request},
    doctor::{self, requirement::Purpose},
    machine::{BootMedia, options::Firmware},
    workspace,
};

/// Everything that the tests need on this machine.
const PURPOSES: [Purpose; 6] =
    [Purpose::Build, Purpose::Run, Purpose::Uefi, Purpose::Tpm, Purpose::Bios, Purpose::Bochs];

/// What an appliance is started by, and the failure that it is built to show.
type Variant = (Firmware, Option<&'static str>);

/// What was built by this process.
static BUILT: Mutex<BTreeMap<Variant, BootMedia>> = Mutex::new(BTreeMap::new());

/// The policy that the tests boot with.
#[must_use]
pub fn policy() -> PathBuf {
    workspace::root().join("tests/policies/two-worlds.toml")
}

/// What a machine with `firmware` boots from. With `self_test`, a boot program that fails so.
///
/// # Panics
/// If something is missing on this machine and cannot be installed, or the appliance cannot be
/// built.
#[must_use]
pub fn media(firmware: Firmware, self_test: Option<&'static str>) -> BootMedia {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    built.entry((firmware, self_test)).or_insert_with(|| build(firmware, self_test)).clone()
}

fn build(firmware: Firmware, self_test: Option<&str>) -> BootMedia {
    let output = workspace::output().join("tests").join(self_test.unwrap_or("plain"));
    std::fs::create_dir_all(&output).expect("a directory for the appliance");
    // Test programs may run at the same time.
    let lock = File::create(output.join("lock")).expect("a lock file");
    lock.lock().expect("a lock");
    doctor::ensure(&PURPOSES).expect("everything needed is there or can be installed");
    let self_test = self_test.map(str::to_owned);
    let request = Request { policy: policy(), self_test, ..Request::default() };
    let appliance = Appliance::build(&request, &output).expect("the appliance can be built");
    appliance.write(firmware, &output).expect("the media can be written")
}

/// What a machine with `firmware` boots from, with the policy whose text is `policy`. `name` tells it
/// from the others, also those of other tests.
///
/// # Panics
/// As [`media`].
#[must_use]
pub fn media_of(name: &str, policy: &str, firmware: Firmware) -> BootMedia {
    media_with(name, policy, firmware, None)
}

/// The same with a boot program that fails as `self_test` says.
///
/// # Panics
/// As [`media`].
#[must_use]
pub fn media_with(
    name: &str,
    policy: &str,
    firmware: Firmware,
    self_test: Option<&str>,
) -> BootMedia {
    let output = workspace::output().join("tests").join(name);
    std::fs::create_dir_all(&output).expect("a directory for the appliance");
    doctor::ensure(&PURPOSES).expect("everything needed is there or can be installed");
    let file = output.join("policy.toml");
    std::fs::write(&file, policy).expect("the policy can be written");
    let self_test = self_test.map(str::to_owned);
    let request = Request { policy: file, self_test, ..Request::default() };
    let appliance = Appliance::build(&request, &output).expect("the appliance can be built");
    appliance.write(firmware, &output).expect("the media can be written")
}

/// The path of the disk image that UEFI boots from.
///
/// # Panics
/// As [`media`].
#[must_use]
pub fn disk_image() -> PathBuf {
    match media(Firmware::Uefi, None) {
        BootMedia::Disk(path) => path,
        other => panic!("UEFI boots from a disk, not from {other:?}"),
    }
}
