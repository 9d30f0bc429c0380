//! Model-specific registers: each that is open to a world belongs to it, or is one whose value the
//! kernel swaps with the world.

use super::{Description, Machine, RegisterMap, Violation};
use crate::subject::SubjectId;

/// The three parts of a map, 2 KiB each, and the first register of each (AMD APM volume 2, section
/// 15.11).
const PARTS: [u32; 3] = [0, 0xc000_0000, 0xc001_0000];
const PART_BYTES: usize = 0x800;
const MAP_BYTES: usize = 0x2000;
/// Registers in a byte of a map, two bits each.
const REGISTERS_IN_BYTE: u32 = 4;

/// Checks all register permission maps.
pub fn check(machine: &Machine<'_>) -> Result<(), Violation> {
    for &RegisterMap { subject, bytes } in machine.register_maps {
        if bytes.len() != MAP_BYTES {
            return Err(Violation::Description(Description::Map(subject)));
        }
        for (part, base) in bytes.chunks(PART_BYTES).zip(PARTS) {
            for (&byte, first) in
                part.iter().zip((base..=u32::MAX).step_by(REGISTERS_IN_BYTE as usize))
            {
                for (bit, register) in (0..8_u32).step_by(2).zip(first..=u32::MAX) {
                    // The lower bit of the two closes reading, the upper one writing.
                    let open = !byte.unbounded_shr(bit);
                    check_register(machine, subject, register, open & 0b01 != 0, false)?;
                    check_register(machine, subject, register, open & 0b10 != 0, true)?;
                }
            }
        }
    }
    Ok(())
}

fn check_register(
    machine: &Machine<'_>,
    subject: SubjectId,
    register: u32,
    open: bool,
    write: bool,
) -> Result<(), Violation> {
    if !open || granted(machine, subject, register, write) {
        Ok(())
    } else {
        Err(Violation::Register { subject, register, write })
    }
}

fn granted(machine: &Machine<'_>, subject: SubjectId, register: u32, write: bool) -> bool {
    let switched = |&(first, last): &(u32, u32)| first <= register && register <= last;
    let before = machine.registers.partition_point(|grant| grant.last < register);
    let own = machine.registers.get(before).is_some_and(|grant| {
        grant.first <= register && grant.subject == subject && (grant.write || !write)
    });
    own || machine.switched_registers.iter().any(switched)
}
