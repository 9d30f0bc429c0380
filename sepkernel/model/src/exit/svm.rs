//! The exit codes of AMD's virtual machine extension (AMD APM volume 2, appendix C).

/// Why `VMRUN` returned.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SvmExit {
    /// Read of a control register, by number.
    ControlRead(u8),
    /// Write of a control register, by number.
    ControlWrite(u8),
    /// Exception, by vector.
    Exception(u8),
    /// Physical interrupt.
    Interrupt,
    /// Physical non-maskable interrupt.
    NonMaskableInterrupt,
    /// Physical system management interrupt.
    SystemManagementInterrupt,
    /// Physical INIT.
    Init,
    /// The guest can take a virtual interrupt.
    VirtualInterrupt,
    /// Write of CR0 that changes more than TS and MP.
    SelectiveControlWrite,
    /// `RDPMC`.
    Rdpmc,
    /// `CPUID`.
    Cpuid,
    /// `IRET`: the end of a non-maskable interrupt.
    Iret,
    /// `INVD`, `WBINVD` or `WBNOINVD`.
    CacheFlush,
    /// `PAUSE`.
    Pause,
    /// `HLT`, whether or not a virtual interrupt is pending.
    Hlt,
    /// Access to a port.
    Port,
    /// Access to a model-specific register.
    ModelSpecific,
    /// Task switch.
    TaskSwitch,
    /// The processor's legacy FERR signal froze it.
    FerrFreeze,
    /// Triple fault or other shutdown.
    Shutdown,
    /// `VMMCALL`.
    Hypercall,
    /// `XSETBV`.
    Xsetbv,
    /// An instruction that no guest is offered: those of the virtual machine extension itself, `RSM`,
    /// `MONITOR`, `MWAIT`, `RDPRU`, `INVLPGB`, `MCOMMIT`, `TLBSYNC`.
    UnofferedInstruction,
    /// The nested page tables do not allow the access.
    NestedPageFault,
    /// The guest's state is inconsistent, or the control block is in use.
    Invalid,
    /// Anything else: nothing that is ever asked for.
    Unasked,
}

impl SvmExit {
    /// The exit with this code.
    #[must_use]
    pub const fn decode(code: u64) -> Self {
        /// The number of a register or vector within its block of codes.
        const fn low(code: u64, bits: u64) -> u8 {
            (code & bits) as u8
        }
        // What leaves a guest most often is above the blocks of registers and vectors.
        if code < 0x60 {
            return match code >> 4 {
                0 => Self::ControlRead(low(code, 0xf)),
                1 => Self::ControlWrite(low(code, 0xf)),
                2 | 3 => Self::Unasked,
                _ => Self::Exception(low(code, 0x1f)),
            };
        }
        match code {
            0x60 => Self::Interrupt,
            0x61 => Self::NonMaskableInterrupt,
            0x62 => Self::SystemManagementInterrupt,
            0x63 => Self::Init,
            0x64 => Self::VirtualInterrupt,
            0x65 => Self::SelectiveControlWrite,
            0x6f => Self::Rdpmc,
            0x72 => Self::Cpuid,
            0x74 => Self::Iret,
            0x76 | 0x89 => Self::CacheFlush,
            0x77 => Self::Pause,
            0x78 | 0xa6 => Self::Hlt,
            0x7b => Self::Port,
            0x7c => Self::ModelSpecific,
            0x7d => Self::TaskSwitch,
            0x7e => Self::FerrFreeze,
            0x7f => Self::Shutdown,
            0x81 => Self::Hypercall,
            0x8d => Self::Xsetbv,
            // RSM and INVLPGA; VMRUN, VMLOAD, VMSAVE, STGI, CLGI, SKINIT; MONITOR, MWAIT, RDPRU;
            // INVLPGB, MCOMMIT, TLBSYNC.
            0x73 | 0x7a | 0x80 | 0x82..=0x86 | 0x8a..=0x8c | 0x8e | 0xa0 | 0xa1 | 0xa3 | 0xa4 => {
                Self::UnofferedInstruction
            }
            0x400 => Self::NestedPageFault,
            0xffff_ffff_ffff_fffe.. => Self::Invalid,
            _ => Self::Unasked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_manuals() {
        for (code, exit) in [
            (0x008, SvmExit::ControlRead(8)),
            (0x018, SvmExit::ControlWrite(8)),
            (0x037, SvmExit::Unasked),
            (0x04e, SvmExit::Exception(14)),
            (0x05f, SvmExit::Exception(31)),
            (0x060, SvmExit::Interrupt),
            (0x072, SvmExit::Cpuid),
            (0x07b, SvmExit::Port),
            (0x07c, SvmExit::ModelSpecific),
            (0x07f, SvmExit::Shutdown),
            (0x080, SvmExit::UnofferedInstruction),
            (0x081, SvmExit::Hypercall),
            (0x086, SvmExit::UnofferedInstruction),
            (0x08d, SvmExit::Xsetbv),
            (0x400, SvmExit::NestedPageFault),
            (0x401, SvmExit::Unasked),
            (u64::MAX - 1, SvmExit::Invalid),
            (u64::MAX, SvmExit::Invalid),
        ] {
            assert_eq!(SvmExit::decode(code), exit, "{code:#x}");
        }
    }
}
