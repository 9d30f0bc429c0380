//! The state that PVH and Multiboot ask for: 32-bit protected mode, flat segments, no paging.

use cloister_device::GuestMemory;

use super::Error;
use super::flat::FlatSegments;
use crate::cpu::{CR0_ET, CR0_PE, FLAT_CODE_32, State};

/// An empty one, code, data.
const SEGMENTS: FlatSegments<3> = FlatSegments {
    descriptors: [0, 0x00cf_9b00_0000_ffff, 0x00cf_9300_0000_ffff],
    code: 0x08,
    code_attributes: FLAT_CODE_32,
    data: 0x10,
};

/// Writes descriptors, which neither protocol asks for and kernels have come to expect.
pub(super) fn write_tables(memory: &impl GuestMemory) -> Result<(), Error> {
    SEGMENTS.write(memory)
}

/// The processor's state at an entry, with these in EAX and EBX.
pub(super) const fn state(entry: u32, eax: u32, ebx: u32) -> State {
    let mut state = SEGMENTS.state();
    let system = &mut state.system;
    // PVH asks for a task state segment of the smallest size.
    system.segments.tr.limit = 0x67;
    system.cr0 = CR0_PE | CR0_ET;
    state.general.rip = entry as u64;
    state.general.registers[0] = eax as u64;
    state.general.registers[3] = ebx as u64;
    state
}
