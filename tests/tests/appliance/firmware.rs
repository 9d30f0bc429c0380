//! The three ways to start.

use cloister::{
    machine::{Options, options::Firmware},
    milestone::Milestone,
};
use cloister_tests::{appliance, running::Running};

/// Beginnings of the lines that may differ between ways to start.
const OF_THE_FIRMWARE: [&str; 9] = [
    // The resource map has addresses in it.
    "boot: isolation check passed",
    // The medium is a device, and so is the screen if it can be drawn on.
    "boot: PCI ",
    "boot: firmware ",
    "boot: memory ",
    "boot: screen ",
    "boot: no screen",
    "boot: TPM 2.0",
    "warning: no TPM: ",
    "warning: older policies are not refused",
];

/// What a machine logs until lock, without what is the firmware's.
fn log(firmware: Firmware) -> Vec<String> {
    let mut machine = Running::start(firmware);
    machine.reach(Milestone::Locked);
    let mut log = machine.log();
    log.retain(|line| !OF_THE_FIRMWARE.iter().any(|beginning| line.starts_with(beginning)));
    log
}

#[test]
fn all_three_ways_to_start_give_the_same_log() {
    let uefi = log(Firmware::Uefi);
    assert!(uefi.len() > 5, "too few lines to compare: {uefi:?}");
    assert_eq!(uefi, log(Firmware::Bios));
    assert_eq!(uefi, log(Firmware::Pvh));
}

#[test]
fn it_boots_with_a_tpm_and_either_unit_that_confines_devices() {
    use cloister::machine::options::Iommu;
    for iommu in [Iommu::Intel, Iommu::Amd] {
        let options = Options { iommu, tpm: true, ..Options::default() };
        let media = appliance::media(Firmware::Uefi, None);
        Running::start_with(&options, &media).reach(Milestone::Locked);
    }
}

#[test]
fn a_deterministic_run_is_the_same_twice() {
    let options =
        Options { firmware: Firmware::Pvh, deterministic: true, tpm: false, ..Options::default() };
    let run = || {
        let mut machine = Running::start_with(&options, &appliance::media(Firmware::Pvh, None));
        machine.reach(Milestone::Locked);
        machine.log()
    };
    assert_eq!(run(), run());
}
