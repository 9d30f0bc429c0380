//! The state that PVH and Multiboot ask for: 32-bit protected mode, flat segments, no paging.

use super::place::DESCRIPTORS;
use crate::cpu::{CR0_ET, CR0_PE, FLAT_CODE_32, FLAT_DATA, Segment, State};
use cloister_device::GuestMemory;

use super::{Error, place};

const CODE: u16 = 0x08;
const DATA: u16 = 0x10;
/// An empty one, code, data.
const DESCRIPTOR_TABLE: [u64; 3] = [0, 0x00cf_9b00_0000_ffff, 0x00cf_9300_0000_ffff];

/// Writes descriptors, which neither protocol asks for and kernels have come to expect.
pub(super) fn write_tables(memory: &impl GuestMemory) -> Result<(), Error> {
    for (index, descriptor) in (0..).zip(DESCRIPTOR_TABLE) {
        place::write(memory, DESCRIPTORS + 8 * index, &descriptor.to_le_bytes())?;
    }
    Ok(())
}

/// The processor's state at an entry, with these in EAX and EBX.
pub(super) const fn state(entry: u32, eax: u32, ebx: u32) -> State {
    let mut state = State::reset();
    let data = Segment { selector: DATA, attributes: FLAT_DATA, limit: u32::MAX, base: 0 };
    let system = &mut state.system;
    system.cs = Segment { selector: CODE, attributes: FLAT_CODE_32, limit: u32::MAX, base: 0 };
    (system.ds, system.es, system.ss) = (data, data, data);
    (system.fs, system.gs) = (data, data);
    system.gdtr = Segment {
        selector: 0,
        attributes: 0,
        limit: size_of_val(&DESCRIPTOR_TABLE) as u32 - 1,
        base: DESCRIPTORS,
    };
    // PVH asks for a task state segment of the smallest size.
    system.tr.limit = 0x67;
    system.cr0 = CR0_PE | CR0_ET;
    state.general.rip = entry as u64;
    state.general.registers[0] = eax as u64;
    state.general.registers[3] = ebx as u64;
    state
}
