//! Model-specific registers: every one is closed, so those that would matter most are tried.

use core::arch::asm;

use cloister_runtime::log;

use crate::Kind;

/// Time stamp counter, APIC base, feature control, microcode, prediction control, memory types, MSRs of
/// x2APIC, extended features, targets of system calls, segment bases, AMD's virtualization; and the
/// ends of the ranges that there are.
const NUMBERS: [u32; 20] = [
    0,
    0x10,
    0x1b,
    0x3a,
    0x48,
    0x49,
    0x79,
    0x277,
    0x808,
    0x1fff,
    0xc000_0080,
    0xc000_0081,
    0xc000_0082,
    0xc000_0100,
    0xc000_0101,
    0xc000_0102,
    0xc001_0114,
    0xc001_0117,
    0xc001_1fff,
    u32::MAX,
];

/// The attacks: each is read, and written.
pub const KIND: Kind = Kind {
    count: |_| NUMBERS.len() * 2,
    attack: |_, number| {
        let Some(&register) = NUMBERS.get(number / 2) else { return };
        if number.is_multiple_of(2) {
            log!("msr read {register:#x}");
            // SAFETY: not safe; the processor must stop it.
            unsafe { asm!("rdmsr", in("ecx") register, out("eax") _, out("edx") _) }
        } else {
            log!("msr write {register:#x}");
            // SAFETY: not safe; the processor must stop it.
            unsafe { asm!("wrmsr", in("ecx") register, in("eax") 0, in("edx") 0) }
        }
    },
};
