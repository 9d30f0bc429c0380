//! Firmware and boot media of the machine, as QEMU's arguments.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// OVMF's code, of Debian's package `ovmf`.
pub const OVMF_CODE: &str = "/usr/share/OVMF/OVMF_CODE_4M.fd";
/// The variable store that belongs to [`OVMF_CODE`], empty.
pub const OVMF_VARIABLES: &str = "/usr/share/OVMF/OVMF_VARS_4M.fd";

/// OVMF's code with Secure Boot. It keeps its variables to itself, by the system management mode.
pub const OVMF_SECURE_CODE: &str = "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd";

/// UEFI's variables.
#[derive(Clone, Copy, Debug, Default)]
pub struct Variables<'a> {
    /// Where they are kept from one run to the next; without, in the run's own directory.
    pub kept: Option<&'a Path>,
    /// What they are in the beginning, with keys enrolled for Secure Boot; without, none, and no
    /// Secure Boot.
    pub enrolled: Option<&'a Path>,
}

impl Variables<'_> {
    fn code(&self) -> &'static Path {
        Path::new(if self.enrolled.is_some() { OVMF_SECURE_CODE } else { OVMF_CODE })
    }

    /// The file with the variables, made if it is not there yet.
    fn file(&self, directory: &Path) -> Result<PathBuf> {
        let file = self.kept.map_or_else(|| directory.join("variables.fd"), Path::to_owned);
        if !file.exists() {
            let first = self.enrolled.unwrap_or(Path::new(OVMF_VARIABLES));
            std::fs::copy(first, &file).with_context(|| {
                format!("cannot copy {} to {}", first.display(), file.display())
            })?;
        }
        Ok(file)
    }
}

/// What the machine boots from.
#[derive(Clone, Debug)]
pub enum BootMedia {
    /// UEFI, from a disk image.
    Disk(PathBuf),
    /// A BIOS, from an ISO 9660 image.
    Iso(PathBuf),
    /// No firmware: a boot program and a bundle in memory.
    Memory {
        /// The boot program.
        boot_program: PathBuf,
        /// The bundle in one piece.
        bundle: PathBuf,
    },
    /// A kernel of any other kind, by itself: what a guest does on a machine of its own.
    Kernel {
        /// The kernel: Linux, or one with a PVH entry.
        kernel: PathBuf,
        /// Its initial RAM disk.
        initrd: Option<PathBuf>,
        /// Its command line.
        command_line: String,
    },
}

impl BootMedia {
    /// QEMU's arguments for booting from this, with changeable state in `directory` or where
    /// `variables` says. The media themselves are never written to.
    ///
    /// # Errors
    /// If the variable store cannot be copied.
    pub fn arguments(&self, directory: &Path, variables: Variables<'_>) -> Result<Vec<OsString>> {
        let mut arguments = Vec::new();
        let mut drive = |options: &str, file: &Path| {
            arguments.push("-drive".into());
            arguments.push(with_path(&format!("{options},format=raw,file="), file));
        };
        match self {
            Self::Disk(image) => {
                drive("if=pflash,unit=0,readonly=on", variables.code());
                drive("if=pflash,unit=1", &variables.file(directory)?);
                drive("if=none,id=disk,snapshot=on", image);
                arguments.extend(
                    ["-device", "nvme,drive=disk,serial=cloister,bootindex=0"].map(Into::into),
                );
            }
            Self::Iso(image) => {
                drive("if=none,id=disc,media=cdrom,readonly=on", image);
                arguments.extend(["-device", "ide-cd,drive=disc,bootindex=0"].map(Into::into));
            }
            Self::Memory { boot_program, bundle } => {
                arguments.extend(["-kernel".into(), boot_program.into()]);
                arguments.extend(["-initrd".into(), bundle.into()]);
            }
            Self::Kernel { kernel, initrd, command_line } => {
                arguments.extend(["-kernel".into(), kernel.into()]);
                arguments.extend(["-append".into(), command_line.into()]);
                if let Some(initrd) = initrd {
                    arguments.extend(["-initrd".into(), initrd.into()]);
                }
            }
        }
        Ok(arguments)
    }
}

/// An option of QEMU that ends in a path, with commas doubled as QEMU asks.
pub(super) fn with_path(option: &str, path: &Path) -> OsString {
    let mut bytes = option.as_bytes().to_vec();
    for byte in std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()) {
        bytes.push(*byte);
        if *byte == b',' {
            bytes.push(b',');
        }
    }
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_in_a_path_is_part_of_the_path() {
        assert_eq!(with_path("if=none,file=", Path::new("/a,b")), "if=none,file=/a,,b");
    }
}
