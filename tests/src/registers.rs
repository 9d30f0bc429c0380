//! A processor's control registers, as QEMU shows them.

use cloister::machine::Machine;

/// Control registers of a processor.
#[derive(Clone, Copy, Debug)]
pub struct ControlRegisters {
    /// Intel SDM volume 3A section 2.5.
    pub cr0: u64,
    /// Physical address of the top page table.
    pub cr3: u64,
    /// Intel SDM volume 3A section 2.5.
    pub cr4: u64,
    /// Extended features.
    pub efer: u64,
}

impl ControlRegisters {
    /// Write protection also for the kernel: bit 16 of CR0.
    pub const WRITE_PROTECT: u64 = 1 << 16;
    /// User-mode instruction prevention: bit 11 of CR4.
    pub const UMIP: u64 = 1 << 11;
    /// Page tables of five levels: bit 12 of CR4.
    pub const FIVE_LEVELS: u64 = 1 << 12;
    /// Supervisor-mode execution prevention: bit 20 of CR4.
    pub const SMEP: u64 = 1 << 20;
    /// Supervisor-mode access prevention: bit 21 of CR4.
    pub const SMAP: u64 = 1 << 21;
    /// Pages can forbid execution: bit 11 of EFER.
    pub const NO_EXECUTE: u64 = 1 << 11;

    /// Reads those of the first processor.
    ///
    /// # Panics
    /// If QEMU does not show them.
    #[must_use]
    pub fn of(machine: &mut Machine) -> Self {
        let all = Self::of_all(machine);
        all.into_iter().next().expect("a processor")
    }

    /// Reads those of every processor.
    ///
    /// # Panics
    /// If QEMU does not show them.
    #[must_use]
    pub fn of_all(machine: &mut Machine) -> Vec<Self> {
        let qmp = machine.qmp().expect("a control socket");
        let shown = qmp.human("info registers -a").expect("registers");
        // Each processor's registers follow its number.
        shown.split("CPU#").skip(1).map(Self::parse).collect()
    }

    fn parse(shown: &str) -> Self {
        let register = |name: &str| {
            let start = shown.find(&format!("{name}=")).expect("the register is shown");
            let digits = shown[start + name.len() + 1..].split_whitespace().next();
            u64::from_str_radix(digits.expect("digits"), 16).expect("a number")
        };
        Self {
            cr0: register("CR0"),
            cr3: register("CR3"),
            cr4: register("CR4"),
            efer: register("EFER"),
        }
    }
}
