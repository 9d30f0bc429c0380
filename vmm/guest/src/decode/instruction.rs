//! An instruction with an operand in memory, in the form that the emulator carries out.

use cloister_device::Width;

use crate::cpu::{General, Mode, Register, SegmentName};

/// What an instruction does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// `MOV`, `MOVNTI`.
    Move,
    /// `MOVZX`.
    MoveZeroExtended,
    /// `MOVSX`, `MOVSXD`.
    MoveSignExtended,
    /// `XCHG`.
    Exchange,
    /// `XADD`.
    ExchangeAndAdd,
    /// `CMPXCHG`.
    CompareAndExchange,
    /// Two operands, status flags.
    Arithmetic(Arithmetic),
    /// One operand.
    Unary(Unary),
    /// `BT` and its like.
    Bit(Bit),
    /// A string instruction.
    String(StringOperation),
}

/// Arithmetic of two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names of the instructions")]
pub enum Arithmetic {
    Add,
    AddWithCarry,
    Subtract,
    SubtractWithBorrow,
    Compare,
    And,
    Or,
    ExclusiveOr,
    Test,
}

impl Arithmetic {
    /// Whether the first operand is left as it was.
    #[must_use]
    pub const fn only_flags(self) -> bool {
        matches!(self, Self::Compare | Self::Test)
    }
}

/// Arithmetic of one operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names of the instructions")]
pub enum Unary {
    Increment,
    Decrement,
    Not,
    Negate,
}

/// What is done to the bit that was copied to the carry flag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names of the instructions")]
pub enum Bit {
    Test,
    Set,
    Reset,
    Complement,
}

/// A string instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StringOperation {
    /// `MOVS`.
    Move,
    /// `STOS`.
    Store,
    /// `LODS`.
    Load,
}

/// The operands besides the one in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// The register comes first, then memory.
    RegisterMemory(Register),
    /// Memory comes first, then the register.
    MemoryRegister(Register),
    /// Memory comes first, then this, sign-extended to 64 bits where the instruction says so.
    MemoryImmediate(u64),
    /// Memory alone, or what a string instruction implies.
    Memory,
}

/// What the displacement is added to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Base {
    /// Nothing.
    None,
    /// A register.
    Register(Register),
    /// The address of the next instruction.
    NextInstruction,
}

/// How an instruction computes the offset of its operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address {
    /// First part.
    pub base: Base,
    /// Second part: a register times 1, 2, 4 or 8.
    pub index: Option<(Register, u8)>,
    /// Third part, sign-extended.
    pub displacement: u64,
}

impl Address {
    /// No part.
    pub const NONE: Self = Self { base: Base::None, index: None, displacement: 0 };

    /// The sum of the parts, in 64 bits; `next` is the address of the next instruction.
    #[must_use]
    pub const fn offset(&self, general: &General, next: u64) -> u64 {
        let base = match self.base {
            Base::None => 0,
            Base::Register(register) => register.read(general),
            Base::NextInstruction => next,
        };
        let index = match self.index {
            Some((register, scale)) => register.read(general).wrapping_mul(scale as u64),
            None => 0,
        };
        base.wrapping_add(index).wrapping_add(self.displacement)
    }
}

/// An instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instruction {
    /// Bytes, 1 to 15.
    pub length: u8,
    /// What it does.
    pub operation: Operation,
    /// How wide the operand in memory is.
    pub width: Width,
    /// The other operands.
    pub form: Form,
    /// Where the operand in memory is; of string instructions, nothing.
    pub address: Address,
    /// The segment of that address; of string instructions, the source's.
    pub segment: SegmentName,
    /// How wide addresses are.
    pub address_width: Width,
    /// Whether a string instruction has a repeat prefix.
    pub repeat: bool,
}

/// What prefixes say, whatever the instruction makes of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Prefixes {
    pub(super) segment: Option<SegmentName>,
    pub(super) address_width: Width,
    pub(super) repeat: bool,
    /// How wide operands are that have no width of their own.
    pub(super) operand_width: Width,
}

impl Prefixes {
    /// Looks at the bytes before the opcode.
    pub(super) fn of(mode: Mode, bytes: &[u8]) -> Self {
        let long = mode == Mode::Long;
        let mut prefixes = Self {
            segment: None,
            address_width: mode.address_width(),
            repeat: false,
            operand_width: Width::Four,
        };
        let (mut wide, mut other_size) = (false, false);
        for byte in bytes {
            // A REX prefix counts only right before the opcode.
            let rex = long && byte & 0xf0 == 0x40;
            match byte {
                _ if rex => {
                    wide = byte & 8 != 0;
                    continue;
                }
                // 64-bit mode ignores these four (Intel SDM volume 1, section 3.4.2.1).
                0x26 | 0x2e | 0x36 | 0x3e => {
                    if !long {
                        prefixes.segment = SegmentName::from_number(byte >> 3 & 3);
                    }
                }
                0x64 | 0x65 => prefixes.segment = SegmentName::from_number(byte & 7),
                0x67 => {
                    prefixes.address_width = match mode {
                        Mode::Real | Mode::Protected16 | Mode::Long => Width::Four,
                        Mode::Protected32 => Width::Two,
                    }
                }
                0xf2 | 0xf3 => prefixes.repeat = true,
                0x66 => other_size = true,
                0xf0 => {}
                _ => break,
            }
            wide = false;
        }
        let default_16 = matches!(mode, Mode::Real | Mode::Protected16);
        prefixes.operand_width = match (wide, other_size == default_16) {
            (true, _) => Width::Eight,
            (false, true) => Width::Four,
            (false, false) => Width::Two,
        };
        prefixes
    }
}
