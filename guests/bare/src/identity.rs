//! What the processor says that it has (CPUID; AMD APM volume 3, appendix E).

use crate::instructions::cpuid;

/// Whether the local APIC can be used through model-specific registers.
pub fn has_x2apic() -> bool {
    cpuid(1, 0).ecx & 1 << 21 != 0
}

/// Whether the local APIC's timer takes an instant of the time stamp counter.
pub fn has_deadline_timer() -> bool {
    cpuid(1, 0).ecx & 1 << 24 != 0
}

/// Whether a hypervisor says that it is there.
pub fn has_hypervisor() -> bool {
    cpuid(1, 0).ecx & 1 << 31 != 0
}

/// Whether this is no world, but QEMU's emulation itself.
pub fn is_emulator() -> bool {
    let answer = cpuid(0x4000_0000, 0);
    let name = [answer.ebx, answer.ecx, answer.edx].map(u32::to_le_bytes);
    has_hypervisor() && name.as_flattened() == b"TCGTCGTCGTCG"
}

/// Whether XSETBV can be enabled.
pub fn has_xsave() -> bool {
    cpuid(1, 0).ecx & 1 << 26 != 0
}

/// Whether MONITOR and MWAIT are there.
pub fn has_monitor() -> bool {
    cpuid(1, 0).ecx & 1 << 3 != 0
}

/// The leaves that are there, in all three ranges; at most 64 of each.
pub fn leaves() -> impl Iterator<Item = u32> {
    const MOST: u32 = 64;
    let hypervisor = has_hypervisor().then_some(0x4000_0000);
    [Some(0), hypervisor, Some(0x8000_0000)].into_iter().flatten().flat_map(|first| {
        let last = cpuid(first, 0).eax;
        first..=last.clamp(first, first + MOST)
    })
}
