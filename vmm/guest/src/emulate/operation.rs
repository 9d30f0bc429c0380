//! Instructions with one operand in memory.

use cloister_device::{GuestMemory, Width};

use super::access::{Machine, Place};
use super::arithmetic::{binary, sign_extended, unary};
use super::{Mmio, Stop};
use crate::cpu::{General, Register, flags};
use crate::decode::{Arithmetic, Bit, Form, Instruction, Operation};
use crate::paging::{Access, PAGE_BYTES};

/// Carries it out, but for the instruction pointer. `next` is the address of the next instruction,
/// `fault` the guest-physical address that left the guest.
pub(super) fn execute<M: GuestMemory, D: Mmio>(
    machine: &mut Machine<'_, M, D>,
    general: &mut General,
    instruction: &Instruction,
    next: u64,
    fault: u64,
) -> Result<(), Stop> {
    let width = instruction.width;
    let place = place(machine, general, instruction, next, fault)?;
    match (instruction.operation, instruction.form) {
        (Operation::Move | Operation::MoveZeroExtended, Form::RegisterMemory(register)) => {
            register.write(general, machine.read(place, width));
        }
        (Operation::MoveSignExtended, Form::RegisterMemory(register)) => {
            register.write(general, sign_extended(machine.read(place, width), width));
        }
        (Operation::Exchange, Form::RegisterMemory(register) | Form::MemoryRegister(register)) => {
            let before = machine.read(place, width);
            machine.write(place, width, register.read(general));
            register.write(general, before);
        }
        (Operation::ExchangeAndAdd, Form::MemoryRegister(register)) => {
            let before = machine.read(place, width);
            let added = register.read(general);
            let (sum, after) = binary(Arithmetic::Add, before, added, width, general.rflags);
            machine.write(place, width, sum);
            register.write(general, before);
            general.rflags = after;
        }
        (Operation::CompareAndExchange, Form::MemoryRegister(register)) => {
            compare_and_exchange(machine, general, place, width, register);
        }
        (Operation::Arithmetic(operation), Form::RegisterMemory(register)) => {
            let (left, right) = (register.read(general), machine.read(place, width));
            let (result, after) = binary(operation, left, right, width, general.rflags);
            if !operation.only_flags() {
                register.write(general, result);
            }
            general.rflags = after;
        }
        (Operation::Arithmetic(operation), form) => {
            let left = machine.read(place, width);
            let right = second(form, general);
            let (result, after) = binary(operation, left, right, width, general.rflags);
            if !operation.only_flags() {
                machine.write(place, width, result);
            }
            general.rflags = after;
        }
        (Operation::Unary(operation), _) => {
            let before = machine.read(place, width);
            let (result, after) = unary(operation, before, width, general.rflags);
            machine.write(place, width, result);
            general.rflags = after;
        }
        (Operation::Bit(operation), form) => {
            let before = machine.read(place, width);
            let mask = 1 << (second(form, general) & (8 * width.bytes() - 1));
            match operation {
                Bit::Test => {}
                Bit::Set => machine.write(place, width, before | mask),
                Bit::Reset => machine.write(place, width, before & !mask),
                Bit::Complement => machine.write(place, width, before ^ mask),
            }
            let carry = if before & mask == 0 { 0 } else { flags::CARRY };
            general.rflags = general.rflags & !flags::CARRY | carry;
        }
        // `MOV` to memory; the other forms do not exist.
        (_, form) => machine.write(place, width, second(form, general)),
    }
    Ok(())
}

/// The operand that comes after the one in memory.
const fn second(form: Form, general: &General) -> u64 {
    match form {
        Form::MemoryRegister(register) | Form::RegisterMemory(register) => register.read(general),
        Form::MemoryImmediate(value) => value,
        Form::Memory => 0,
    }
}

/// `CMPXCHG` writes in either case, as the processor does.
fn compare_and_exchange<M: GuestMemory, D: Mmio>(
    machine: &mut Machine<'_, M, D>,
    general: &mut General,
    place: Place,
    width: Width,
    source: Register,
) {
    let accumulator = Register::RAX.with_width(width);
    let before = machine.read(place, width);
    let expected = accumulator.read(general);
    let (_, after) = binary(Arithmetic::Compare, expected, before, width, general.rflags);
    if expected == before {
        machine.write(place, width, source.read(general));
    } else {
        machine.write(place, width, before);
        accumulator.write(general, before);
    }
    general.rflags = after;
}

/// Where the operand is. The processor has checked and translated its address already: if the operand is
/// in one page and ends in the same digits, the guest-physical address of the fault is where it is.
fn place<M: GuestMemory, D: Mmio>(
    machine: &mut Machine<'_, M, D>,
    general: &General,
    instruction: &Instruction,
    next: u64,
    fault: u64,
) -> Result<Place, Stop> {
    let width = instruction.width;
    let mut offset = instruction.address.offset(general, next);
    if let (Operation::Bit(_), Form::MemoryRegister(register)) =
        (instruction.operation, instruction.form)
    {
        // The register chooses a bit of all memory: the operand is where that bit is.
        let bits = sign_extended(register.read(general), register.width()) as i64;
        let words = bits.div_euclid(8 * width.bytes() as i64);
        offset = offset.wrapping_add((words as u64).wrapping_mul(width.bytes()));
    }
    let in_page = machine.in_page(instruction.segment, offset);
    if in_page == fault % PAGE_BYTES && in_page + width.bytes() <= PAGE_BYTES {
        return Ok(Place::Device(fault));
    }
    let offset = offset & instruction.address_width.mask();
    let linear = machine.linear(instruction.segment, offset, width)?;
    machine.place(linear, width, access(instruction))
}

/// Whether the instruction reads or writes its operand.
const fn access(instruction: &Instruction) -> Access {
    match (instruction.operation, instruction.form) {
        (Operation::Exchange, _) => Access::Write,
        (Operation::Bit(Bit::Test), _) | (_, Form::RegisterMemory(_)) => Access::Read,
        (Operation::Arithmetic(operation), _) if operation.only_flags() => Access::Read,
        _ => Access::Write,
    }
}
