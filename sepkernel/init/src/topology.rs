//! Which processors share a core, from their local APIC numbers.

use cloister_hardware::cpuid::leaf;
use cloister_hardware::handoff::MAX_PROCESSORS;
use cloister_model::schedule::check_siblings;
use cloister_policy_format::PolicyView;
use heapless::Vec;

use crate::stop;

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
    // Extended topology (Intel SDM volume 2, CPUID leaf 0BH; AMD APM volume 3, section E.3.9).
    if let Some(level) = leaf(0xb).filter(|level| level.ebx & 0xffff != 0) {
        return level.eax & 0x1f;
    }
    // Threads of a compute unit, less one (AMD APM volume 3, section E.4.22).
    let has_topology = leaf(0x8000_0001).is_some_and(|leaf| leaf.ecx >> 22 & 1 == 1);
    let unit = leaf(0x8000_001e).filter(|_| has_topology);
    unit.map_or(0, |unit| ((unit.ebx >> 8 & 0xff) + 1).next_power_of_two().trailing_zeros())
}
