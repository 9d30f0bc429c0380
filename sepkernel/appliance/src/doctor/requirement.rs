//! The list of what is needed, and for what. `doctor`, `build`, `run` and the tests use this one.

use std::process::Command;

use super::{apt, found::Found};
use crate::machine::{
    enrolment::VIRT_FW_VARS,
    firmware::{OVMF_CODE, OVMF_SECURE_CODE},
    qemu::QEMU,
};

/// What something is needed for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Building an image.
    Build,
    /// Running any machine.
    Run,
    /// Running with UEFI.
    Uefi,
    /// Running with Secure Boot.
    SecureBoot,
    /// Running with a TPM.
    Tpm,
    /// Showing the machine in a window.
    Window,
    /// Running with a BIOS.
    Bios,
    /// The test in Bochs.
    Bochs,
    /// Running with a TPM that its maker has certified.
    Endorsement,
    /// Testing attestation: other tools to compare with.
    Attestation,
    /// The tests of the tables that describe a world's machine.
    AcpiTables,
}

/// Something that is needed.
#[derive(Debug)]
pub struct Requirement {
    /// What it is called.
    pub name: &'static str,
    /// What it is for, as part of a sentence.
    pub reason: &'static str,
    /// When it is needed.
    pub purpose: Purpose,
    /// Debian's packages that bring it; none if `apt-get update` does.
    pub packages: &'static [&'static str],
    /// Whether Debian 12 has it new enough only in its backports.
    pub from_backports: bool,
    look: fn() -> Found,
}

impl Requirement {
    /// Looks for it.
    #[must_use]
    pub fn look(&self) -> Found {
        (self.look)()
    }
}

/// QEMU's version from which deterministic runs with more than one processor work.
const QEMU_MINIMUM: &str = "8.2";

/// All that may be needed.
pub static ALL: &[Requirement] = &[
    Requirement {
        name: "a C linker",
        reason: "to link programs for the bare machine",
        purpose: Purpose::Build,
        packages: &["gcc", "libc6-dev"],
        from_backports: false,
        look: || Found::program("cc", &["--version"]),
    },
    Requirement {
        name: "dpkg-deb",
        reason: "to unpack the packages that worlds are made of",
        purpose: Purpose::Build,
        packages: &["dpkg"],
        from_backports: false,
        look: || Found::program("dpkg-deb", &["--version"]),
    },
    Requirement {
        name: "lists of packages",
        reason: "to find the packages that worlds are made of",
        purpose: Purpose::Build,
        // `apt-get update` fetches them.
        packages: &[],
        from_backports: false,
        look: || {
            if apt::lists_are_there() { Found::Usable("there".to_owned()) } else { Found::Missing }
        },
    },
    Requirement {
        name: "setpriv",
        reason: "so that no machine outlives its run",
        purpose: Purpose::Run,
        packages: &["util-linux"],
        from_backports: false,
        look: || Found::program("setpriv", &["--version"]),
    },
    Requirement {
        name: "QEMU",
        reason: "to run the appliance",
        purpose: Purpose::Run,
        packages: &["qemu-system-x86"],
        from_backports: true,
        look: || Found::program_since(QEMU, QEMU_MINIMUM),
    },
    Requirement {
        name: "OVMF",
        reason: "the UEFI firmware of the machine",
        purpose: Purpose::Uefi,
        packages: &["ovmf"],
        from_backports: false,
        look: || Found::file(OVMF_CODE),
    },
    Requirement {
        name: "OVMF with Secure Boot",
        reason: "the UEFI firmware of machines with Secure Boot",
        purpose: Purpose::SecureBoot,
        packages: &["ovmf"],
        from_backports: false,
        look: || Found::file(OVMF_SECURE_CODE),
    },
    Requirement {
        name: VIRT_FW_VARS,
        reason: "to enrol keys for Secure Boot",
        purpose: Purpose::SecureBoot,
        packages: &["python3-virt-firmware"],
        from_backports: true,
        look: || Found::program(VIRT_FW_VARS, &["--help"]),
    },
    Requirement {
        name: "swtpm",
        reason: "the TPM of the machine",
        purpose: Purpose::Tpm,
        packages: &["swtpm"],
        from_backports: false,
        look: || Found::program("swtpm", &["--version"]),
    },
    Requirement {
        name: "QEMU's window",
        reason: "to show the machine's screen (without it, runs are headless)",
        purpose: Purpose::Window,
        packages: &["qemu-system-gui"],
        from_backports: true,
        look: || match crate::machine::display::window() {
            Some(display) => Found::Usable(display),
            None => Found::Missing,
        },
    },
    Requirement {
        name: "grub-mkrescue",
        reason: "to make the image for a BIOS",
        purpose: Purpose::Bios,
        packages: &["grub-common"],
        from_backports: false,
        look: || Found::program("grub-mkrescue", &["--version"]),
    },
    Requirement {
        name: "GRUB for a BIOS",
        reason: "to start the appliance from a BIOS",
        purpose: Purpose::Bios,
        packages: &["grub-pc-bin"],
        from_backports: false,
        look: || Found::file("/usr/lib/grub/i386-pc/multiboot2.mod"),
    },
    Requirement {
        name: "xorriso",
        reason: "to make the image for a BIOS",
        purpose: Purpose::Bios,
        packages: &["xorriso"],
        from_backports: false,
        look: || Found::program("xorriso", &["-version"]),
    },
    Requirement {
        name: "mtools",
        reason: "to make the image for a BIOS",
        purpose: Purpose::Bios,
        packages: &["mtools"],
        from_backports: false,
        look: || Found::program("mformat", &["--version"]),
    },
    Requirement {
        name: "swtpm_setup",
        reason: "to make a TPM with a certificate",
        purpose: Purpose::Endorsement,
        packages: &["swtpm-tools"],
        from_backports: false,
        look: || Found::program("swtpm_setup", &["--version"]),
    },
    Requirement {
        name: "Python's environments",
        reason: "to check evidence and results by other means",
        purpose: Purpose::Attestation,
        packages: &["python3", "python3-venv"],
        from_backports: false,
        // Debian's Python is there without them, and then says so with its exit status.
        look: || match Command::new("python3").args(["-m", "ensurepip", "--version"]).output() {
            Ok(output) if output.status.success() => Found::program("python3", &["--version"]),
            _ => Found::Missing,
        },
    },
    Requirement {
        name: "tpm2-tools",
        reason: "to check quotes and logs by other means",
        purpose: Purpose::Attestation,
        packages: &["tpm2-tools"],
        from_backports: false,
        look: || Found::program("tpm2_eventlog", &["--version"]),
    },
    Requirement {
        name: "Bochs",
        reason: "to test on a second emulator",
        purpose: Purpose::Bochs,
        packages: &["bochs", "bochsbios", "vgabios"],
        from_backports: false,
        look: || Found::program("bochs", &["--help"]),
    },
    Requirement {
        name: "iasl",
        reason: "to check the tables that describe a world's machine",
        purpose: Purpose::AcpiTables,
        packages: &["acpica-tools"],
        from_backports: false,
        look: || Found::program("iasl", &["-v"]),
    },
];
