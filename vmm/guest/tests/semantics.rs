//! The emulator does what this machine's own processor does: the same instruction, on the same operands,
//! once on a register or on memory here, and once on an emulated device.

use std::arch::asm;

use cloister_abi::MemoryAccess;
use cloister_device::{HostMemory, Width};
use cloister_guest::cpu::{CR0_PE, State, flags};
use cloister_guest::emulate::{Emulator, Mmio, Outcome};
use proptest::prelude::*;

/// A register of a device, which keeps what is written.
struct Kept(u64);

impl Mmio for Kept {
    fn read(&mut self, _: u64, width: Width) -> u64 {
        self.0 & width.mask()
    }

    fn write(&mut self, _: u64, width: Width, value: u64) {
        self.0 = self.0 & !width.mask() | value & width.mask();
    }
}

/// What an instruction works on and leaves: memory, RAX, RCX, status flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Operands {
    memory: u64,
    rax: u64,
    rcx: u64,
    flags: u64,
}

/// The instruction, its operand in memory `[rdx]`, in 64-bit mode without paging: the emulator takes
/// the device's address from the exit.
fn emulated(code: &[u8], operands: Operands) -> Operands {
    const DEVICE: u64 = 0xfee0_0000;
    let mut state = State::reset();
    state.system.cr0 |= CR0_PE;
    state.system.efer = 1 << 10;
    state.system.segments.cs.attributes = 0xa9b;
    state.general.registers[0] = operands.rax;
    state.general.registers[1] = operands.rcx;
    state.general.registers[2] = DEVICE;
    state.general.rflags |= operands.flags;
    let mut device = Kept(operands.memory);
    let outcome = Emulator::new().emulate(
        &HostMemory::new(0),
        &mut device,
        &mut state.general,
        &state.system,
        DEVICE,
        MemoryAccess { write: false, fetch: false, walk: false },
        code,
    );
    assert_eq!(outcome, Ok(Outcome::Done), "{code:02x?}");
    Operands {
        memory: device.0,
        rax: state.general.registers[0],
        rcx: state.general.registers[1],
        flags: state.general.rflags & flags::STATUS,
    }
}

/// A function that runs an instruction on this processor and one that gives its bytes.
macro_rules! instructions {
    ($($text:literal),* $(,)?) => {
        &[$((
            $text,
            |operands: Operands| {
                let mut memory = operands.memory;
                let (mut rax, mut rcx, mut rflags) = (operands.rax, operands.rcx, operands.flags);
                // SAFETY: the instruction accesses the eight bytes that RDX points to, RAX, RCX and
                // the status flags, all of which are named here; the stack is used below the red zone
                // only as the compiler allows without `nostack`.
                unsafe {
                    asm!(
                        "push {flags}",
                        "popfq",
                        $text,
                        "pushfq",
                        "pop {flags}",
                        flags = inout(reg) rflags,
                        inout("rax") rax,
                        inout("rcx") rcx,
                        in("rdx") &raw mut memory,
                    );
                }
                Operands { memory, rax, rcx, flags: rflags & flags::STATUS }
            },
            || {
                let (start, end): (*const u8, *const u8);
                // SAFETY: two addresses within this function's own code are computed.
                unsafe {
                    asm!(
                        "lea {start}, [rip + 2f]",
                        "lea {end}, [rip + 3f]",
                        "jmp 3f",
                        "2:",
                        $text,
                        "3:",
                        start = out(reg) start,
                        end = out(reg) end,
                        options(nomem, nostack),
                    );
                }
                // SAFETY: the bytes between the two are code, which is mapped, readable and constant.
                unsafe { std::slice::from_raw_parts(start, end.offset_from_unsigned(start)) }
            },
        )),*]
    };
}

type Case = (&'static str, fn(Operands) -> Operands, fn() -> &'static [u8]);

#[rustfmt::skip]
const CASES: &[Case] = instructions![
    "mov [rdx], al", "mov [rdx], cx", "mov [rdx], eax", "mov [rdx], rcx", "mov [rdx], ah",
    "mov al, [rdx]", "mov ch, [rdx]", "mov cx, [rdx]", "mov eax, [rdx]", "mov rcx, [rdx]",
    "mov dword ptr [rdx], 0x12345678", "mov qword ptr [rdx], -2", "mov byte ptr [rdx], 0x99",
    "movnti [rdx], eax", "movnti [rdx], rax",
    "movzx eax, byte ptr [rdx]", "movzx rcx, word ptr [rdx]", "movzx cx, byte ptr [rdx]",
    "movsx eax, byte ptr [rdx]", "movsx rcx, word ptr [rdx]", "movsx cx, byte ptr [rdx]",
    "movsxd rax, dword ptr [rdx]",
    "xchg [rdx], al", "xchg [rdx], cx", "xchg [rdx], eax", "xchg [rdx], rcx",
    "xadd [rdx], cl", "xadd [rdx], cx", "lock xadd [rdx], ecx", "xadd [rdx], rcx",
    "cmpxchg [rdx], cl", "cmpxchg [rdx], cx", "lock cmpxchg [rdx], ecx", "cmpxchg [rdx], rcx",
    "add [rdx], al", "add [rdx], ax", "add [rdx], eax", "add [rdx], rax", "add rcx, [rdx]",
    "add dword ptr [rdx], -1", "add qword ptr [rdx], -128", "add byte ptr [rdx], 0x7f",
    "adc [rdx], al", "adc [rdx], cx", "adc ecx, [rdx]", "adc [rdx], rax",
    "sub [rdx], al", "sub cx, [rdx]", "sub [rdx], eax", "sub [rdx], rax", "sub ecx, [rdx]",
    "sbb [rdx], al", "sbb [rdx], cx", "sbb ecx, [rdx]", "sbb [rdx], rax",
    "cmp [rdx], al", "cmp cx, [rdx]", "cmp [rdx], eax", "cmp rcx, [rdx]", "cmp byte ptr [rdx], 1",
    "cmp dword ptr [rdx], 0x80000000", "cmp word ptr [rdx], -2",
    "and [rdx], al", "and cx, [rdx]", "lock and [rdx], eax", "and [rdx], rax",
    "or [rdx], al", "or cx, [rdx]", "or dword ptr [rdx], 0x100", "or [rdx], rax",
    "xor [rdx], al", "xor cx, [rdx]", "xor [rdx], eax", "xor [rdx], rax",
    "test [rdx], al", "test [rdx], cx", "test dword ptr [rdx], 0x80000001", "test [rdx], rax",
    "inc byte ptr [rdx]", "inc word ptr [rdx]", "inc dword ptr [rdx]", "inc qword ptr [rdx]",
    "dec byte ptr [rdx]", "dec word ptr [rdx]", "dec dword ptr [rdx]", "dec qword ptr [rdx]",
    "not byte ptr [rdx]", "not word ptr [rdx]", "not dword ptr [rdx]", "not qword ptr [rdx]",
    "neg byte ptr [rdx]", "neg word ptr [rdx]", "neg dword ptr [rdx]", "neg qword ptr [rdx]",
];

/// Of these, only the carry flag is defined afterwards.
#[rustfmt::skip]
const BITS: &[Case] = instructions![
    "bt dword ptr [rdx], 5", "bts dword ptr [rdx], 31", "btr qword ptr [rdx], 63", "btc word ptr [rdx], 17",
];

/// Values at whose borders flags change, and any others.
fn value() -> impl Strategy<Value = u64> {
    prop_oneof![
        prop::sample::select(vec![
            0,
            1,
            0x0f,
            0x10,
            0x7f,
            0x80,
            0xff,
            0x7fff,
            0x8000,
            0xffff,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0x7fff_ffff_ffff_ffff,
            0x8000_0000_0000_0000,
            u64::MAX,
        ]),
        any::<u64>(),
    ]
}

fn operands() -> impl Strategy<Value = Operands> {
    (value(), value(), value(), any::<u64>(), any::<bool>()).prop_map(
        |(memory, rax, rcx, flags, equal)| Operands {
            memory,
            // CMPXCHG is to find equal operands too.
            rax: if equal { memory } else { rax },
            rcx,
            flags: flags & flags::STATUS,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn results_and_flags_are_those_of_this_processor(operands in operands()) {
        for (text, native, code) in CASES {
            prop_assert_eq!(emulated(code(), operands), native(operands), "{}", text);
        }
    }

    #[test]
    fn bits_and_carry_are_those_of_this_processor(operands in operands()) {
        let defined = |mut operands: Operands| {
            operands.flags &= flags::CARRY;
            operands
        };
        for (text, native, code) in BITS {
            let (emulated, native) = (emulated(code(), operands), native(operands));
            prop_assert_eq!(defined(emulated), defined(native), "{}", text);
        }
    }
}
