//! From the decoder's instructions, whose types differ between its three modes, to ours.

use cloister_device::Width;

use super::DecodeError;
use super::instruction::{
    Address, Arithmetic, Base, Bit, Form, Instruction, Operation, Prefixes, StringOperation, Unary,
};
use crate::cpu::{Mode, Register, SegmentName};

/// Decodes the instruction that the bytes begin with.
pub(super) fn decode(mode: Mode, bytes: &[u8]) -> Result<Instruction, DecodeError> {
    match mode {
        Mode::Long => long_mode::instruction(mode, bytes),
        Mode::Protected32 => protected_mode::instruction(mode, bytes),
        Mode::Real | Mode::Protected16 => real_mode::instruction(mode, bytes),
    }
}

/// The length of the instruction that the bytes begin with.
pub(super) fn length(mode: Mode, bytes: &[u8]) -> Result<u8, DecodeError> {
    match mode {
        Mode::Long => long_mode::decoded(bytes).map(|(_, length)| length),
        Mode::Protected32 => protected_mode::decoded(bytes).map(|(_, length)| length),
        Mode::Real | Mode::Protected16 => real_mode::decoded(bytes).map(|(_, length)| length),
    }
}

/// An operand.
enum Operand {
    Register(Register),
    Immediate(u64),
    Memory(Address),
    /// Vector registers, segment registers and others that no instruction here has.
    Other,
}

impl Operand {
    /// A register, where it is one of the general ones.
    fn register(register: Option<Register>) -> Self {
        register.map_or(Self::Other, Self::Register)
    }

    /// Memory, where the parts of its address are general registers.
    fn memory(
        base: Option<Base>,
        index: Option<(Option<Register>, u8)>,
        displacement: i64,
    ) -> Self {
        let index = match index {
            None => None,
            Some((Some(register), scale)) => Some((register, scale)),
            Some((None, _)) => return Self::Other,
        };
        base.map_or(Self::Other, |base| {
            Self::Memory(Address { base, index, displacement: displacement as u64 })
        })
    }
}

/// A byte register without REX prefix: AL, CL, DL, BL, AH, CH, DH, BH.
const fn byte_register(number: u8) -> Register {
    if number < 4 { Register::new(number, Width::One) } else { Register::high_byte(number - 4) }
}

/// The form and the address of an instruction with these operands.
fn form(first: Operand, second: Operand, count: u8) -> Option<(Form, Address)> {
    Some(match (first, second, count) {
        (Operand::Memory(address), _, 1) => (Form::Memory, address),
        (Operand::Memory(address), Operand::Register(register), 2) => {
            (Form::MemoryRegister(register), address)
        }
        (Operand::Memory(address), Operand::Immediate(value), 2) => {
            (Form::MemoryImmediate(value), address)
        }
        (Operand::Register(register), Operand::Memory(address), 2) => {
            (Form::RegisterMemory(register), address)
        }
        _ => return None,
    })
}

/// Whether the offset is based on the stack pointer or the frame pointer: then the segment is SS where
/// no prefix names another (Intel SDM volume 1, table 3-5).
fn on_stack(address: &Address) -> bool {
    let Base::Register(base) = address.base else { return false };
    let whole = base.with_width(Width::Eight);
    whole == Register::new(4, Width::Eight) || whole == Register::new(5, Width::Eight)
}

/// Puts the parts together.
fn assemble(
    prefixes: Prefixes,
    length: u8,
    operation: Operation,
    width: Width,
    operands: (Form, Address),
) -> Instruction {
    let (form, mut address) = operands;
    // The registers of an address are as wide as addresses are; the decoder takes an index of 32 bits
    // for one of 16 in 16-bit code.
    if let Base::Register(base) = &mut address.base {
        *base = base.with_width(prefixes.address_width);
    }
    if let Some((index, _)) = &mut address.index {
        *index = index.with_width(prefixes.address_width);
    }
    let segment = if on_stack(&address) { SegmentName::Ss } else { SegmentName::Ds };
    Instruction {
        length,
        operation,
        width,
        form,
        address,
        segment: prefixes.segment.unwrap_or(segment),
        address_width: prefixes.address_width,
        repeat: prefixes.repeat,
    }
}

/// A module over one of the decoder's modes: the same text for each, over types of the same names.
macro_rules! mode {
    (
        $module:ident,
        registers { $($class:ident => $register:expr),* },
        next { $($next:ident),* },
        displaced $displaced:ident,
        wide { $($wide:ident),* },
        absolute { $($absolute:ident as $address:ty),* },
    ) => {
        mod $module {
            use super::*;
            use yaxpeax_arch::LengthedInstruction as _;
            use yaxpeax_x86::$module::{
                DecodeError as Refused, InstDecoder, Instruction as Decoded, Opcode,
                Operand as Source, RegSpec, register_class,
            };

            fn register(register: RegSpec) -> Option<Register> {
                match register.class() {
                    $(register_class::$class => Some($register(register.num())),)*
                    _ => None,
                }
            }

            fn base(base: RegSpec) -> Option<Base> {
                match base.class() {
                    $(register_class::$next => Some(Base::NextInstruction),)*
                    _ => register(base).map(Base::Register),
                }
            }

            fn operand(source: Source) -> Operand {
                let none = Some(Base::None);
                match source {
                    Source::Register { reg } => Operand::register(register(reg)),
                    Source::ImmediateI8 { imm } => Operand::Immediate(imm as u64),
                    Source::ImmediateU8 { imm } => Operand::Immediate(imm.into()),
                    Source::ImmediateI16 { imm } => Operand::Immediate(imm as u64),
                    Source::ImmediateU16 { imm } => Operand::Immediate(imm.into()),
                    Source::ImmediateI32 { imm } => Operand::Immediate(imm as u64),
                    Source::ImmediateU32 { imm } => Operand::Immediate(imm.into()),
                    $(Source::$wide { imm } => Operand::Immediate(imm as u64),)*
                    $(Source::$absolute { addr } => {
                        Operand::memory(none, None, (addr as $address).into())
                    })*
                    Source::MemDeref { base: register } => Operand::memory(base(register), None, 0),
                    Source::$displaced { base: register, disp } => {
                        Operand::memory(base(register), None, disp.into())
                    }
                    Source::MemIndexScale { index, scale } => {
                        Operand::memory(none, Some((register(index), scale)), 0)
                    }
                    Source::MemIndexScaleDisp { index, scale, disp } => {
                        Operand::memory(none, Some((register(index), scale)), disp.into())
                    }
                    Source::MemBaseIndexScale { base: first, index, scale } => {
                        Operand::memory(base(first), Some((register(index), scale)), 0)
                    }
                    Source::MemBaseIndexScaleDisp { base: first, index, scale, disp } => {
                        Operand::memory(base(first), Some((register(index), scale)), disp.into())
                    }
                    _ => Operand::Other,
                }
            }

            fn operation(opcode: Opcode) -> Option<Operation> {
                Some(match opcode {
                    Opcode::MOV | Opcode::MOVNTI => Operation::Move,
                    Opcode::MOVZX => Operation::MoveZeroExtended,
                    // `MOVSXD` without REX.W extends nothing, no compiler emits it, and the decoder
                    // takes it for the other: it is refused below.
                    Opcode::MOVSX | Opcode::MOVSXD => Operation::MoveSignExtended,
                    Opcode::XCHG => Operation::Exchange,
                    Opcode::XADD => Operation::ExchangeAndAdd,
                    Opcode::CMPXCHG => Operation::CompareAndExchange,
                    Opcode::ADD => Operation::Arithmetic(Arithmetic::Add),
                    Opcode::ADC => Operation::Arithmetic(Arithmetic::AddWithCarry),
                    Opcode::SUB => Operation::Arithmetic(Arithmetic::Subtract),
                    Opcode::SBB => Operation::Arithmetic(Arithmetic::SubtractWithBorrow),
                    Opcode::CMP => Operation::Arithmetic(Arithmetic::Compare),
                    Opcode::AND => Operation::Arithmetic(Arithmetic::And),
                    Opcode::OR => Operation::Arithmetic(Arithmetic::Or),
                    Opcode::XOR => Operation::Arithmetic(Arithmetic::ExclusiveOr),
                    Opcode::TEST => Operation::Arithmetic(Arithmetic::Test),
                    Opcode::INC => Operation::Unary(Unary::Increment),
                    Opcode::DEC => Operation::Unary(Unary::Decrement),
                    Opcode::NOT => Operation::Unary(Unary::Not),
                    Opcode::NEG => Operation::Unary(Unary::Negate),
                    Opcode::BT => Operation::Bit(Bit::Test),
                    Opcode::BTS => Operation::Bit(Bit::Set),
                    Opcode::BTR => Operation::Bit(Bit::Reset),
                    Opcode::BTC => Operation::Bit(Bit::Complement),
                    Opcode::MOVS => Operation::String(StringOperation::Move),
                    Opcode::STOS => Operation::String(StringOperation::Store),
                    Opcode::LODS => Operation::String(StringOperation::Load),
                    _ => return None,
                })
            }

            pub(super) fn decoded(bytes: &[u8]) -> Result<(Decoded, u8), DecodeError> {
                match InstDecoder::default().decode_slice(bytes) {
                    // The decoder's lengths are below 16.
                    Ok(decoded) => Ok((decoded, decoded.len().to_const() as u8)),
                    Err(Refused::ExhaustedInput) => Err(DecodeError::Incomplete),
                    Err(_) => Err(DecodeError::Unsupported),
                }
            }

            pub(super) fn instruction(mode: Mode, bytes: &[u8]) -> Result<Instruction, DecodeError> {
                let (decoded, length) = decoded(bytes)?;
                let operation = operation(decoded.opcode()).ok_or(DecodeError::Unsupported)?;
                let prefixes = Prefixes::of(mode, bytes);
                if decoded.opcode() == Opcode::MOVSXD && prefixes.operand_width != Width::Eight {
                    return Err(DecodeError::Unsupported);
                }
                let width = decoded
                    .mem_size()
                    .and_then(|size| size.bytes_size())
                    .and_then(|bytes| Width::from_bytes(bytes.into()))
                    .ok_or(DecodeError::Unsupported)?;
                let width = match operation {
                    // The decoder takes any REX prefix before `BT` and its like for REX.W.
                    Operation::Bit(_) => prefixes.operand_width,
                    _ => width,
                };
                let operands = if let Operation::String(_) = operation {
                    (Form::Memory, Address::NONE)
                } else {
                    let (first, second) = (operand(decoded.operand(0)), operand(decoded.operand(1)));
                    form(first, second, decoded.operand_count()).ok_or(DecodeError::Unsupported)?
                };
                Ok(assemble(prefixes, length, operation, width, operands))
            }
        }
    };
}

const fn quad(number: u8) -> Register {
    Register::new(number, Width::Eight)
}

const fn double(number: u8) -> Register {
    Register::new(number, Width::Four)
}

const fn word(number: u8) -> Register {
    Register::new(number, Width::Two)
}

const fn byte(number: u8) -> Register {
    Register::new(number, Width::One)
}

mode! {
    long_mode,
    registers { Q => quad, D => double, W => word, B => byte_register, RB => byte },
    next { RIP, EIP },
    displaced Disp,
    wide { ImmediateI64, ImmediateU64 },
    absolute { AbsoluteU32 as i32, AbsoluteU64 as i64 },
}

mode! {
    protected_mode,
    registers { D => double, W => word, B => byte_register },
    next { },
    displaced Disp,
    wide { },
    absolute { AbsoluteU16 as u16, AbsoluteU32 as u32 },
}

mode! {
    real_mode,
    registers { D => double, W => word, B => byte_register },
    next { },
    displaced MemDisp,
    wide { },
    absolute { AbsoluteU16 as u16, AbsoluteU32 as u32 },
}
