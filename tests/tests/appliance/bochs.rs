//! Another emulator than QEMU.

use cloister::{
    machine::{BootMedia, options::Firmware},
    milestone::Milestone,
};
use cloister_tests::{appliance, running::Running};

#[test]
fn the_bios_image_boots_in_bochs_too() {
    let BootMedia::Iso(image) = appliance::media(Firmware::Bios, None) else {
        panic!("a BIOS boots from an ISO image");
    };
    Running::start_in_bochs(&image).reach(Milestone::Locked);
}
