//! The APIC base register, an MSR: which mode the local APIC is in.

use super::GeneralProtection;

/// Where the registers are in guest-physical memory. It cannot be moved.
pub const ADDRESS: u64 = 0xfee0_0000;

/// The processor that starts the system.
const BOOTSTRAP: u64 = 1 << 8;
const X2APIC: u64 = 1 << 10;
const ENABLED: u64 = 1 << 11;

/// The mode of a local APIC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// There is no local APIC.
    Disabled,
    /// Its registers are in memory.
    Memory,
    /// Its registers are MSRs.
    X2Apic,
}

/// The register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    bootstrap: bool,
    pub(super) mode: Mode,
}

impl Base {
    pub(super) const fn new(bootstrap: bool) -> Self {
        Self { bootstrap, mode: Mode::Memory }
    }

    pub(super) const fn read(self) -> u64 {
        let mode = match self.mode {
            Mode::Disabled => 0,
            Mode::Memory => ENABLED,
            Mode::X2Apic => ENABLED | X2APIC,
        };
        ADDRESS | mode | if self.bootstrap { BOOTSTRAP } else { 0 }
    }

    /// The mode that a written value asks for. Legal are: on, from there to x2APIC, and off from each
    /// (Intel SDM volume 3, figure 11-27).
    pub(super) const fn requested(self, value: u64) -> Result<Mode, GeneralProtection> {
        if value & !(BOOTSTRAP | X2APIC | ENABLED) != ADDRESS {
            return Err(GeneralProtection);
        }
        match (self.mode, value & ENABLED != 0, value & X2APIC != 0) {
            (_, false, false) => Ok(Mode::Disabled),
            (Mode::Disabled | Mode::Memory, true, false) => Ok(Mode::Memory),
            (Mode::Memory | Mode::X2Apic, true, true) => Ok(Mode::X2Apic),
            _ => Err(GeneralProtection),
        }
    }
}
