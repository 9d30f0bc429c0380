//! Which processors share a core, from their local APIC numbers.

use core::arch::x86_64::__cpuid_count;

use cloister_model::schedule::check_siblings;
use cloister_policy_format::PolicyView;
use heapless::Vec;

use crate::stop;
use cloister_hardware::handoff::MAX_PROCESSORS;

/// Refuses a machine whose processors share cores in another way than the policy says. `processors` has
/// the local APIC numbers of those that the schedule uses.
pub fn check(policy: &PolicyView<'_>, processors: &[u8]) {
    let bits = thread_bits();
    let cores: Vec<u32, MAX_PROCESSORS> =
        processors.iter().map(|number| u32::from(*number) >> bits).collect();
    let groups = policy.sibling_groups();
    if let Err(error) = check_siblings(&cores, groups.iter().map(|group| group.cpus.0)) {
        stop!("the policy is for another machine: {error}");
    }
}

/// How many low bits of a local APIC number tell apart the threads of one core.
fn thread_bits() -> u32 {
    let last = |limit| __cpuid_count(limit, 0).eax;
    // Extended topology (Intel SDM volume 2, CPUID leaf 0BH; AMD APM volume 3, section E.3.9).
    if last(0) >= 0xb {
        let level = __cpuid_count(0xb, 0);
        if level.ebx & 0xffff != 0 {
            return level.eax & 0x1f;
        }
    }
    // Threads of a compute unit, less one (AMD APM volume 3, section E.4.22).
    if last(0x8000_0000) >= 0x8000_001e && __cpuid_count(0x8000_0001, 0).ecx >> 22 & 1 == 1 {
        let threads = (__cpuid_count(0x8000_001e, 0).ebx >> 8 & 0xff) + 1;
        return threads.next_power_of_two().trailing_zeros();
    }
    0
}
