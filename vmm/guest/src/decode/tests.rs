//! Decoding agrees with `iced-x86`, a decoder by other people.

use cloister_device::{GuestMemory, HostMemory, Width};
use iced_x86::{MemorySize, Mnemonic, OpKind};
use proptest::prelude::*;
use std::vec::Vec;

use super::*;
use crate::cpu::{CR0_PE, CR0_PG, CR4_PAE, EFER_LMA, FLAT_CODE_64, Register, SegmentName, State};

/// Opcodes of the instructions that are emulated, and what follows them.
const OPCODES: &[(&[u8], Operand)] = &[
    (&[0x88], Operand::Memory),
    (&[0x89], Operand::Memory),
    (&[0x8a], Operand::Memory),
    (&[0x8b], Operand::Memory),
    (&[0xa0], Operand::Offset),
    (&[0xa1], Operand::Offset),
    (&[0xa2], Operand::Offset),
    (&[0xa3], Operand::Offset),
    (&[0xa4], Operand::None),
    (&[0xa5], Operand::None),
    (&[0xaa], Operand::None),
    (&[0xab], Operand::None),
    (&[0xac], Operand::None),
    (&[0xad], Operand::None),
    (&[0xc6], Operand::Extended(0b0000_0001)),
    (&[0xc7], Operand::Extended(0b0000_0001)),
    (&[0x00], Operand::Memory),
    (&[0x01], Operand::Memory),
    (&[0x02], Operand::Memory),
    (&[0x03], Operand::Memory),
    (&[0x09], Operand::Memory),
    (&[0x0b], Operand::Memory),
    (&[0x11], Operand::Memory),
    (&[0x1b], Operand::Memory),
    (&[0x20], Operand::Memory),
    (&[0x23], Operand::Memory),
    (&[0x28], Operand::Memory),
    (&[0x2b], Operand::Memory),
    (&[0x31], Operand::Memory),
    (&[0x32], Operand::Memory),
    (&[0x39], Operand::Memory),
    (&[0x3a], Operand::Memory),
    (&[0x3b], Operand::Memory),
    (&[0x80], Operand::Extended(0xff)),
    (&[0x81], Operand::Extended(0xff)),
    (&[0x83], Operand::Extended(0xff)),
    (&[0x84], Operand::Memory),
    (&[0x85], Operand::Memory),
    (&[0x86], Operand::Memory),
    (&[0x87], Operand::Memory),
    (&[0xf6], Operand::Extended(0b0000_1101)),
    (&[0xf7], Operand::Extended(0b0000_1101)),
    (&[0xfe], Operand::Extended(0b0000_0011)),
    (&[0xff], Operand::Extended(0b0000_0011)),
    (&[0x0f, 0xa3], Operand::Memory),
    (&[0x0f, 0xab], Operand::Memory),
    (&[0x0f, 0xb3], Operand::Memory),
    (&[0x0f, 0xbb], Operand::Memory),
    (&[0x0f, 0xba], Operand::Extended(0xf0)),
    (&[0x0f, 0xb0], Operand::Memory),
    (&[0x0f, 0xb1], Operand::Memory),
    (&[0x0f, 0xb6], Operand::Memory),
    (&[0x0f, 0xb7], Operand::Memory),
    (&[0x0f, 0xbe], Operand::Memory),
    (&[0x0f, 0xbf], Operand::Memory),
    (&[0x0f, 0xc0], Operand::Memory),
    (&[0x0f, 0xc1], Operand::Memory),
    (&[0x0f, 0xc3], Operand::Memory),
    (&[0x63], Operand::Memory),
];

#[derive(Clone, Copy, Debug)]
enum Operand {
    None,
    /// An address of 8 bytes at most.
    Offset,
    /// A ModRM byte that names memory.
    Memory,
    /// The same, its register field one of these.
    Extended(u8),
}

fn bits(mode: Mode) -> u32 {
    match mode {
        Mode::Real | Mode::Protected16 => 16,
        Mode::Protected32 => 32,
        Mode::Long => 64,
    }
}

/// A supported instruction with some prefixes, and 15 bytes after its opcode.
fn instruction_bytes() -> impl Strategy<Value = (Mode, Vec<u8>)> {
    let mode = prop::sample::select(std::vec![Mode::Real, Mode::Protected32, Mode::Long]);
    let prefix = prop::sample::select(std::vec![0x66_u8, 0x67, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65]);
    let prefixes = prop::collection::vec(prefix, 0..3);
    let operands = (any::<bool>(), 0_u8..8, any::<u8>(), any::<[u8; 14]>());
    (mode, prefixes, prop::option::of(0x40_u8..0x50), prop::sample::select(OPCODES), operands)
        .prop_map(|(mode, prefixes, rex, (opcode, operand), operands)| {
            let (repeat, register, modrm, rest) = operands;
            let mut bytes = Vec::new();
            if repeat && matches!(operand, Operand::None) {
                bytes.push(0xf3);
            }
            bytes.extend(prefixes);
            bytes.extend(rex.filter(|_| mode == Mode::Long));
            bytes.extend(opcode);
            // A register instead of memory becomes memory with an 8-bit displacement.
            let memory = if modrm >= 0xc0 { modrm & 0x7f } else { modrm };
            match operand {
                Operand::None | Operand::Offset => {}
                Operand::Memory => bytes.push(memory),
                Operand::Extended(allowed) => {
                    let field = (0..8)
                        .map(|step| (register + step) % 8)
                        .find(|field| allowed >> field & 1 != 0)
                        .unwrap();
                    bytes.push(memory & 0xc7 | field << 3);
                }
            }
            bytes.extend(rest);
            bytes.truncate(LONGEST);
            (mode, bytes)
        })
}

fn iced(mode: Mode, bytes: &[u8]) -> iced_x86::Instruction {
    iced_x86::Decoder::with_ip(bits(mode), bytes, 0, iced_x86::DecoderOptions::NONE).decode()
}

fn register(register: iced_x86::Register) -> Register {
    use iced_x86::Register as R;
    let width = Width::from_bytes(register.size() as u64).unwrap();
    match register {
        R::AH | R::CH | R::DH | R::BH => Register::high_byte(register.number() as u8 - 4),
        _ => Register::new(register.full_register().number() as u8, width),
    }
}

fn operation(mnemonic: Mnemonic) -> Option<Operation> {
    Some(match mnemonic {
        Mnemonic::Mov | Mnemonic::Movnti => Operation::Move,
        Mnemonic::Movzx => Operation::MoveZeroExtended,
        Mnemonic::Movsx | Mnemonic::Movsxd => Operation::MoveSignExtended,
        Mnemonic::Xchg => Operation::Exchange,
        Mnemonic::Xadd => Operation::ExchangeAndAdd,
        Mnemonic::Cmpxchg => Operation::CompareAndExchange,
        Mnemonic::Add => Operation::Arithmetic(Arithmetic::Add),
        Mnemonic::Adc => Operation::Arithmetic(Arithmetic::AddWithCarry),
        Mnemonic::Sub => Operation::Arithmetic(Arithmetic::Subtract),
        Mnemonic::Sbb => Operation::Arithmetic(Arithmetic::SubtractWithBorrow),
        Mnemonic::Cmp => Operation::Arithmetic(Arithmetic::Compare),
        Mnemonic::And => Operation::Arithmetic(Arithmetic::And),
        Mnemonic::Or => Operation::Arithmetic(Arithmetic::Or),
        Mnemonic::Xor => Operation::Arithmetic(Arithmetic::ExclusiveOr),
        Mnemonic::Test => Operation::Arithmetic(Arithmetic::Test),
        Mnemonic::Inc => Operation::Unary(Unary::Increment),
        Mnemonic::Dec => Operation::Unary(Unary::Decrement),
        Mnemonic::Not => Operation::Unary(Unary::Not),
        Mnemonic::Neg => Operation::Unary(Unary::Negate),
        Mnemonic::Bt => Operation::Bit(Bit::Test),
        Mnemonic::Bts => Operation::Bit(Bit::Set),
        Mnemonic::Btr => Operation::Bit(Bit::Reset),
        Mnemonic::Btc => Operation::Bit(Bit::Complement),
        Mnemonic::Movsb | Mnemonic::Movsw | Mnemonic::Movsd | Mnemonic::Movsq => {
            Operation::String(StringOperation::Move)
        }
        Mnemonic::Stosb | Mnemonic::Stosw | Mnemonic::Stosd | Mnemonic::Stosq => {
            Operation::String(StringOperation::Store)
        }
        Mnemonic::Lodsb | Mnemonic::Lodsw | Mnemonic::Lodsd | Mnemonic::Lodsq => {
            Operation::String(StringOperation::Load)
        }
        _ => return None,
    })
}

/// The other decoder's view of the instruction, in our form.
fn expected(mode: Mode, bytes: &[u8]) -> Option<Instruction> {
    let other = iced(mode, bytes);
    let operation = operation(other.mnemonic())?;
    let string = matches!(operation, Operation::String(_));
    let width = match other.memory_size() {
        MemorySize::Unknown => return None,
        size => Width::from_bytes(size.size() as u64)?,
    };
    let prefixes = instruction::Prefixes::of(mode, bytes);
    if other.mnemonic() == Mnemonic::Movsxd && prefixes.operand_width != Width::Eight {
        return None;
    }
    let mut wanted = Instruction {
        length: other.len() as u8,
        operation,
        width,
        form: Form::Memory,
        address: Address::NONE,
        segment: SegmentName::from_number(other.memory_segment().number() as u8)?,
        address_width: prefixes.address_width,
        repeat: string && (other.has_rep_prefix() || other.has_repne_prefix()),
    };
    if string {
        return Some(wanted);
    }
    wanted.form = match (other.op0_kind(), other.op1_kind(), other.op_count()) {
        (OpKind::Memory, _, 1) => Form::Memory,
        (OpKind::Memory, OpKind::Register, _) => {
            Form::MemoryRegister(register(other.op1_register()))
        }
        (OpKind::Memory, _, _) => Form::MemoryImmediate(other.immediate(1)),
        (OpKind::Register, OpKind::Memory, _) => {
            Form::RegisterMemory(register(other.op0_register()))
        }
        _ => return None,
    };
    if other.is_ip_rel_memory_operand() {
        wanted.address.base = Base::NextInstruction;
        wanted.address.displacement = other.memory_displacement64().wrapping_sub(other.next_ip());
    } else {
        if other.memory_base() != iced_x86::Register::None {
            wanted.address.base = Base::Register(register(other.memory_base()));
        }
        if other.memory_index() != iced_x86::Register::None {
            wanted.address.index =
                Some((register(other.memory_index()), other.memory_index_scale() as u8));
        }
        wanted.address.displacement = other.memory_displacement64();
    }
    Some(wanted)
}

/// What of an instruction its meaning depends on.
fn essence(mode: Mode, instruction: Instruction) -> Instruction {
    let mut essence = instruction;
    if let Form::MemoryImmediate(value) = essence.form {
        let bits = matches!(essence.operation, Operation::Bit(_));
        let used = if bits { 8 * essence.width.bytes() - 1 } else { essence.width.mask() };
        essence.form = Form::MemoryImmediate(value & used);
    }
    // Exchange is symmetric.
    if let (Operation::Exchange, Form::RegisterMemory(register)) = (essence.operation, essence.form)
    {
        essence.form = Form::MemoryRegister(register);
    }
    essence.address.displacement &= essence.address_width.mask();
    // An index without scale may as well be the base.
    if let (Base::None, Some((register, 1))) = (essence.address.base, essence.address.index) {
        (essence.address.base, essence.address.index) = (Base::Register(register), None);
    }
    if mode == Mode::Long && !matches!(essence.segment, SegmentName::Fs | SegmentName::Gs) {
        essence.segment = SegmentName::Ds;
    }
    if !matches!(essence.operation, Operation::String(_)) {
        essence.repeat = false;
    }
    essence
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 20_000, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn emulated_instructions_mean_what_another_decoder_says((mode, bytes) in instruction_bytes()) {
        let Some(wanted) = expected(mode, &bytes) else { return Ok(()) };
        let decoded = decode(mode, &bytes).map(|decoded| essence(mode, decoded));
        prop_assert_eq!(decoded, Ok(essence(mode, wanted)), "{:?} {:02x?}", mode, bytes);
    }

    #[test]
    fn any_bytes_decode_or_are_refused(bytes in any::<[u8; 15]>(), count in 0_usize..16) {
        for mode in [Mode::Real, Mode::Protected16, Mode::Protected32, Mode::Long] {
            if let Ok(decoded) = decode(mode, &bytes[..count]) {
                prop_assert!((1..=count).contains(&decoded.length.into()));
                prop_assert_eq!(length(mode, &bytes), Ok(decoded.length));
            }
        }
    }

    #[test]
    fn lengths_of_exiting_instructions_agree(
        prefix in prop::option::of(prop::sample::select(std::vec![0x66_u8, 0x67, 0x2e, 0x48])),
        opcode in prop::sample::select(EXITING),
        rest in any::<[u8; 8]>(),
    ) {
        for mode in [Mode::Real, Mode::Protected32, Mode::Long] {
            let mut bytes: Vec<u8> = prefix.into_iter().chain(opcode.iter().copied()).collect();
            bytes.extend(rest);
            let other = iced(mode, &bytes);
            if !other.is_invalid() {
                prop_assert_eq!(length(mode, &bytes), Ok(other.len() as u8), "{:?} {:02x?}", mode, bytes);
            }
        }
    }
}

/// Instructions that leave a guest without an access to memory: CPUID, RDMSR, WRMSR, RDTSC, RDTSCP,
/// RDPMC, HLT, IN and OUT of each form, INVD, WBINVD, XSETBV, VMMCALL, VMCALL, PAUSE, MONITOR, MWAIT,
/// INVLPG, MOV to and from control and debug registers, CLTS, LMSW, LGDT.
const EXITING: &[&[u8]] = &[
    &[0x0f, 0xa2],
    &[0x0f, 0x32],
    &[0x0f, 0x30],
    &[0x0f, 0x31],
    &[0x0f, 0x01, 0xf9],
    &[0x0f, 0x33],
    &[0xf4],
    &[0xe4],
    &[0xe5],
    &[0xe6],
    &[0xe7],
    &[0xec],
    &[0xed],
    &[0xee],
    &[0xef],
    &[0x6c],
    &[0x6d],
    &[0x6e],
    &[0x6f],
    &[0xf3, 0x6d],
    &[0x0f, 0x08],
    &[0x0f, 0x09],
    &[0x0f, 0x01, 0xd1],
    &[0x0f, 0x01, 0xd9],
    &[0x0f, 0x01, 0xc1],
    &[0xf3, 0x90],
    &[0x0f, 0x01, 0xc8],
    &[0x0f, 0x01, 0xc9],
    &[0x0f, 0x01, 0x38],
    &[0x0f, 0x20, 0xc0],
    &[0x0f, 0x22, 0xe0],
    &[0x0f, 0x21, 0xf8],
    &[0x0f, 0x23, 0xf8],
    &[0x0f, 0x06],
    &[0x0f, 0x01, 0xf0],
    &[0x0f, 0x01, 0x10],
];

#[test]
fn an_instruction_across_a_page_boundary_is_fetched_from_both_pages() {
    let memory = HostMemory::new(0x7000);
    // Linear 0 and 0x1000 are 0x6000 and 0x5000; 0x2000 is not there.
    for (at, entry) in [(0x1000, 0x2003), (0x2000, 0x3003), (0x3000, 0x4003)] {
        memory.write_u64(at, entry).unwrap();
    }
    memory.write_u64(0x4000, 0x6003).unwrap();
    memory.write_u64(0x4008, 0x5003).unwrap();
    // mov dword [rbx + 0x12345678], 0x11223344
    memory.write(0x6ffe, &[0xc7, 0x83]).unwrap();
    memory.write(0x5000, &[0x78, 0x56, 0x34, 0x12, 0x44, 0x33, 0x22, 0x11]).unwrap();
    let mut state = State::reset();
    let system = &mut state.system;
    (system.cr0, system.cr3, system.cr4, system.efer) =
        (CR0_PE | CR0_PG, 0x1000, CR4_PAE, EFER_LMA);
    system.segments.cs.attributes = FLAT_CODE_64;
    state.general.rip = 0xffe;
    assert_eq!(instruction_length(&memory, &state.general, system), Ok(10));
    // A short one at the end of the last page needs no page behind it.
    memory.write(0x5fff, &[0xf4]).unwrap();
    state.general.rip = 0x1fff;
    assert_eq!(instruction_length(&memory, &state.general, system), Ok(1));
    memory.write(0x5fff, &[0xc7]).unwrap();
    assert!(matches!(
        instruction_length(&memory, &state.general, system),
        Err(FetchError::Paging(crate::paging::Fault::Page { linear: 0x2000, .. }))
    ));
}

#[test]
fn every_opcode_is_compared_with_the_other_decoder() {
    for (opcode, operand) in OPCODES {
        // REX.W, for `MOVSXD`; [rbx], or the first form of a group.
        let field = match operand {
            Operand::Extended(allowed) => allowed.trailing_zeros() as u8,
            _ => 0,
        };
        let mut bytes = std::vec![0x48];
        bytes.extend(*opcode);
        bytes.extend([field << 3 | 3, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]);
        let wanted = expected(Mode::Long, &bytes).expect("it is understood");
        let decoded = decode(Mode::Long, &bytes).expect("it is emulated");
        assert_eq!(essence(Mode::Long, decoded), essence(Mode::Long, wanted), "{bytes:02x?}");
    }
}
