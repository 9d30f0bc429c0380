//! Model-specific registers that the monitor answers for, beside those of the local APIC.

/// What reading a register gives.
pub const fn read(register: u32) -> Option<u64> {
    /// Bits of MISC_ENABLE and the like that software looks for; nothing of it is there.
    const NOTHING: u64 = 0;
    /// LFENCE waits for all instructions before it.
    const SERIALIZING: u64 = 1 << 1;
    match register {
        // PLATFORM_ID, PATCH_LEVEL, DEBUGCTL, SYSCFG, HWCR, INT_PENDING, LS_CFG, IC_CFG, DC_CFG, BU_CFG2.
        0x17 | 0x8b | 0x1d9 | 0xc001_0010 | 0xc001_0015 | 0xc001_0055 | 0xc001_1020
        | 0xc001_1021 | 0xc001_1022 | 0xc001_102a => Some(NOTHING),
        // DE_CFG.
        0xc001_1029 => Some(SERIALIZING),
        _ => None,
    }
}

/// Whether writing a register does nothing instead of being refused.
pub const fn write_is_ignored(register: u32) -> bool {
    // What can be read but PLATFORM_ID; and PATCH_LOADER, as there is nothing to patch.
    matches!(
        register,
        0x8b | 0x1d9
            | 0xc001_0010
            | 0xc001_0015
            | 0xc001_0055
            | 0xc001_1020
            | 0xc001_1021
            | 0xc001_1022
            | 0xc001_1029
            | 0xc001_102a
            | 0xc001_0020
    )
}
