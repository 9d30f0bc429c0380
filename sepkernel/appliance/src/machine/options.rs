//! What the machine is like.

use std::{fmt, path::PathBuf, str::FromStr};

use clap::ValueEnum;

use super::firmware::Variables;

/// How the machine starts the appliance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Firmware {
    /// UEFI (OVMF) starts the boot program from the disk image.
    Uefi,
    /// A BIOS (SeaBIOS) starts GRUB, which starts the boot program by Multiboot 2.
    Bios,
    /// QEMU starts the boot program by PVH, without firmware services: quickest.
    Pvh,
}

/// The unit that confines devices.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Iommu {
    /// Intel VT-d.
    Intel,
    /// AMD-Vi.
    Amd,
    /// None: devices reach all memory.
    None,
}

/// What executes the machine's instructions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Accelerator {
    /// Emulation, on any machine, with AMD's virtualization emulated too.
    Tcg,
    /// The host's processor; the host has to offer nested virtualization.
    Kvm,
}

/// What the machine is like.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Options {
    /// How the appliance is started.
    pub firmware: Firmware,
    /// The unit that confines devices.
    pub iommu: Iommu,
    /// Further devices, as QEMU's `-device` has them.
    pub devices: Vec<String>,
    /// The network that the machine's adapter is on; none where it has no adapter.
    pub network: Option<Network>,
    /// What executes instructions.
    pub accelerator: Accelerator,
    /// Number of processors.
    pub processors: u16,
    /// Memory in MiB.
    pub memory: u32,
    /// Whether the clock counts instructions, so that runs are deterministic.
    pub deterministic: bool,
    /// How long an instruction takes in a deterministic run: 2 to the power of this nanoseconds, 10 at
    /// most.
    pub instruction_time: u8,
    /// Whether there is a TPM.
    pub tpm: bool,
    /// The state of a TPM that was made before; without, each run has a new one.
    #[serde(skip)]
    pub tpm_state: Option<PathBuf>,
    /// The screen that the firmware sets up.
    pub screen: ScreenSize,
    /// The display of QEMU that shows the machine, as `gtk`; none where it has no window.
    pub display: Option<String>,
    /// TCP port for a debugger. The machine then waits for it.
    pub debugger: Option<u16>,
    /// Where UEFI keeps its variables from one run to the next, as the newest policy version that ran;
    /// without, each run begins with none.
    #[serde(skip)]
    pub variables: Option<PathBuf>,
    /// UEFI's variables with keys enrolled for Secure Boot; without, there is no Secure Boot.
    pub enrolled: Option<PathBuf>,
}

impl Options {
    /// UEFI's variables.
    #[must_use]
    pub fn variables(&self) -> Variables<'_> {
        Variables { kept: self.variables.as_deref(), enrolled: self.enrolled.as_deref() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            firmware: Firmware::Uefi,
            iommu: Iommu::Amd,
            devices: Vec::new(),
            network: None,
            accelerator: Accelerator::Tcg,
            processors: 2,
            memory: 2048,
            deterministic: false,
            instruction_time: 0,
            tpm: true,
            tpm_state: None,
            screen: ScreenSize::default(),
            display: None,
            debugger: None,
            variables: None,
            enrolled: None,
        }
    }
}

/// A network of QEMU's own, on which the machine has a network adapter (virtio-net): the host is 10.0.2.2, and
/// who asks first by DHCP is 10.0.2.15.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Network {
    /// TCP ports of the host's that lead to 10.0.2.15: from this machine only.
    pub forwards: Vec<Forward>,
}

/// A TCP port of the host's that leads into the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Forward {
    /// The host's port.
    pub host: u16,
    /// The machine's port.
    pub machine: u16,
}

/// Pixels of a screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct ScreenSize {
    /// In a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Default for ScreenSize {
    fn default() -> Self {
        Self { width: 1280, height: 800 }
    }
}

impl fmt::Display for ScreenSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl FromStr for ScreenSize {
    type Err = &'static str;

    /// Reads a size as `1920x1080`, from 800x600 to 3840x2160.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (width, height) =
            text.split_once('x').ok_or("a screen is WIDTHxHEIGHT, as 1920x1080")?;
        let side = |text: &str| text.parse().map_err(|_| "a screen is WIDTHxHEIGHT, as 1920x1080");
        let size = Self { width: side(width)?, height: side(height)? };
        let possible = (800..=3840).contains(&size.width) && (600..=2160).contains(&size.height);
        possible.then_some(size).ok_or("between 800x600 and 3840x2160, please")
    }
}

/// Reads a size as `512M` or `2G`, in MiB.
///
/// # Errors
/// If it is not of this form, or less than 256 MiB.
pub fn parse_memory(text: &str) -> Result<u32, String> {
    let digits = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let number: u32 = digits.parse().map_err(|_| "a size is a number and M or G".to_owned())?;
    let mebibytes = match &text[digits.len()..] {
        "M" | "MiB" => Some(number),
        "G" | "GiB" => number.checked_mul(1024),
        _ => return Err("a size is a number and M or G, as 512M or 2G".to_owned()),
    };
    mebibytes
        .filter(|size| (256..=1 << 20).contains(size))
        .ok_or_else(|| "between 256M and 1024G, please".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screen_is_two_sides_within_what_the_trusted_gui_can_draw_on() {
        assert_eq!("1920x1080".parse(), Ok(ScreenSize { width: 1920, height: 1080 }));
        assert_eq!(ScreenSize::default().to_string().parse(), Ok(ScreenSize::default()));
        for wrong in ["1920", "640x480", "4096x2160", "1920x", "x", "70000x600"] {
            assert!(wrong.parse::<ScreenSize>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn memory_is_a_number_with_a_unit() {
        assert_eq!(parse_memory("512M"), Ok(512));
        assert_eq!(parse_memory("3G"), Ok(3072));
        for wrong in ["", "G", "512", "1T", "-1G", "255M", "9999999G", "1.5G"] {
            assert!(parse_memory(wrong).is_err(), "{wrong}");
        }
    }
}
