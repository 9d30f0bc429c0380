//! Model-specific registers that the monitor answers for, beside those of the local APIC; and which
//! register an instruction names.

use cloister_device::GuestMemory;
use cloister_guest::decode::{instruction_bytes, instruction_length};
use cloister_runtime::abi::{Exit, General, System};

/// What reading a register gives.
pub const fn read(register: u32) -> Option<u64> {
    /// Bits of MISC_ENABLE and the like that software looks for; nothing of it is there.
    const NOTHING: u64 = 0;
    /// LFENCE waits for all instructions before it.
    const SERIALIZING: u64 = 1 << 1;
    /// The time stamp counter runs at one rate.
    const CONSTANT_RATE: u64 = 1 << 24;
    match register {
        // PLATFORM_ID, PATCH_LEVEL, DEBUGCTL, SYSCFG, NB_CFG, INT_PENDING, LS_CFG, IC_CFG, DC_CFG,
        // BU_CFG2.
        0x17 | 0x8b | 0x1d9 | 0xc001_0010 | 0xc001_001f | 0xc001_0055 | 0xc001_1020
        | 0xc001_1021 | 0xc001_1022 | 0xc001_102a => Some(NOTHING),
        // HWCR.
        0xc001_0015 => Some(CONSTANT_RATE),
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
            | 0xc001_001f
            | 0xc001_0055
            | 0xc001_1020
            | 0xc001_1021
            | 0xc001_1022
            | 0xc001_1029
            | 0xc001_102a
            | 0xc001_0020
    )
}

/// The general register that a `MOV` from or to a control register names.
pub struct Operand {
    /// Its number.
    pub register: usize,
    /// Bytes of the instruction.
    pub length: u64,
}

/// The operand of the instruction at the instruction pointer, as the processor says it or as it is
/// read from memory.
pub fn operand(
    memory: &impl GuestMemory,
    general: &General,
    system: &System,
    exit: &Exit,
) -> Option<Operand> {
    const KNOWN: u64 = 1 << 63;
    let length = u64::from(instruction_length(memory, general, system).ok()?);
    if exit.value & KNOWN != 0 {
        return Some(Operand { register: (exit.value & 0xf) as usize, length });
    }
    // Opcode and operands are its last three bytes; a REX prefix may come before.
    let fetched = instruction_bytes(memory, general, system).ok()?;
    let bytes = fetched.bytes().get(..length as usize)?;
    let (last, rest) = bytes.split_last()?;
    let rex = rest.len().checked_sub(3).and_then(|place| rest.get(place)).copied().unwrap_or(0);
    let high = if rex >> 4 == 4 { (rex & 1) << 3 } else { 0 };
    Some(Operand { register: usize::from(last & 7 | high), length })
}
