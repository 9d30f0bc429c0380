//! String instructions between memory and devices.

use cloister_device::{GuestMemory, Width};

use super::access::Machine;
use super::{Mmio, Stop};
use crate::cpu::{General, Register, SegmentName, flags};
use crate::decode::{Instruction, StringOperation};
use crate::paging::Access;

/// Iterations of a repeated instruction in one exit: enough that the exit's cost is shared, few enough
/// that the world's other events do not wait long.
pub const ITERATIONS: usize = 128;

/// Carries out up to [`ITERATIONS`] iterations, and says whether the instruction is done.
pub(super) fn execute<M: GuestMemory, D: Mmio>(
    machine: &mut Machine<'_, M, D>,
    general: &mut General,
    instruction: &Instruction,
    operation: StringOperation,
) -> Result<bool, Stop> {
    let string = Strings { width: instruction.width, address_width: instruction.address_width };
    repeat(general, instruction.repeat, instruction.address_width, |general| {
        let accumulator = Register::RAX.with_width(instruction.width);
        // Both operands are translated before a device is asked, which may not be asked twice.
        let source = match operation {
            StringOperation::Move | StringOperation::Load => {
                let offset = string.offset(general, Register::RSI);
                let linear = machine.linear(instruction.segment, offset, instruction.width)?;
                Some(machine.place(linear, instruction.width, Access::Read)?)
            }
            StringOperation::Store => None,
        };
        let destination = match operation {
            StringOperation::Move | StringOperation::Store => {
                let offset = string.offset(general, Register::RDI);
                let linear = machine.linear(SegmentName::Es, offset, instruction.width)?;
                Some(machine.place(linear, instruction.width, Access::Write)?)
            }
            StringOperation::Load => None,
        };
        let value = match source {
            Some(source) => machine.read(source, instruction.width),
            None => accumulator.read(general),
        };
        match destination {
            Some(destination) => machine.write(destination, instruction.width, value),
            None => accumulator.write(general, value),
        }
        if source.is_some() {
            string.step(general, Register::RSI);
        }
        if destination.is_some() {
            string.step(general, Register::RDI);
        }
        Ok(())
    })
}

/// How the registers of a string instruction move.
#[derive(Clone, Copy)]
pub(super) struct Strings {
    pub(super) width: Width,
    pub(super) address_width: Width,
}

impl Strings {
    pub(super) const fn offset(self, general: &General, register: Register) -> u64 {
        register.with_width(self.address_width).read(general)
    }

    /// Moves on by one element, up or down.
    pub(super) const fn step(self, general: &mut General, register: Register) {
        let register = register.with_width(self.address_width);
        let value = register.read(general);
        let moved = if general.rflags & flags::DIRECTION == 0 {
            value.wrapping_add(self.width.bytes())
        } else {
            value.wrapping_sub(self.width.bytes())
        };
        register.write(general, moved);
    }
}

/// Runs iterations until the counter is 0, or for a while; without a repeat prefix, one. Says whether
/// all are done. An iteration that stops has changed nothing.
pub(super) fn repeat(
    general: &mut General,
    repeated: bool,
    address_width: Width,
    mut iteration: impl FnMut(&mut General) -> Result<(), Stop>,
) -> Result<bool, Stop> {
    if !repeated {
        return iteration(general).map(|()| true);
    }
    let counter = Register::RCX.with_width(address_width);
    for _ in 0..ITERATIONS {
        let left = counter.read(general);
        if left == 0 {
            return Ok(true);
        }
        iteration(general)?;
        counter.write(general, left - 1);
    }
    Ok(counter.read(general) == 0)
}
