//! System calls with any content of the registers, and other ways to come to an end.

use core::arch::asm;

use cloister_native::{random::Random, stack::overflow};
use cloister_runtime::abi::{Code, FRAME_EVENT, LOG_BYTES, Number, Registers};
use cloister_runtime::{log, stop};

use crate::Kind;

/// Calls with random registers.
const CALLS: u64 = 100_000;
/// One in so many waits is let through, for each may take a frame.
const WAITS: u64 = 2_000;

/// The attacks.
pub const KIND: Kind = Kind { count: |_| ATTACKS.len(), attack: |_, number| ATTACKS[number]() };

const ATTACKS: [fn(); 3] = [
    || {
        log!("calls {CALLS}");
        random_calls();
        log!("calls answered");
        // The next attack needs a next life.
        stop(0)
    },
    || {
        log!("stack");
        overflow(0);
    },
    || {
        log!("end");
        stop(7)
    },
];

/// Makes the calls; says so if an answer is not one of the defined ones or a register was changed.
fn random_calls() {
    let mut random = Random::new(1);
    for count in 0..CALLS {
        let registers = registers(&mut random);
        if !is_sound(registers) {
            log!("call {count}: number {:#x} is not sound", registers.number);
        }
    }
}

/// Random registers, small values as often as large ones. Ends, and lines for the log, are left out:
/// the one would stop this, the other flood the log.
fn registers(random: &mut Random) -> Registers {
    let arguments = core::array::from_fn(|_| value(random));
    let mut registers = Registers { number: value(random), arguments };
    let [first, ..] = &mut registers.arguments;
    match Number::from_number(registers.number) {
        Some(Number::StopSelf) => registers.number |= 1 << 32,
        Some(Number::Log) if *first <= LOG_BYTES as u64 => *first += LOG_BYTES as u64 + 1,
        Some(Number::Wait | Number::RunGuest) if random.below(WAITS) == 0 => *first |= FRAME_EVENT,
        Some(Number::Wait | Number::RunGuest) => registers.number = Number::Info as u64,
        _ => {}
    }
    registers
}

fn value(random: &mut Random) -> u64 {
    match random.below(4) {
        0 => random.below(12),
        1 => random.below(100),
        2 => 1 << random.below(64),
        _ => random.word(),
    }
}

/// Makes a call. Whether the code is one that there is, and all other registers were preserved.
fn is_sound(registers: Registers) -> bool {
    let [mut first, mut second, third, mut fourth, mut fifth, mut sixth] = registers.arguments;
    let code: u64;
    // SAFETY: the kernel changes RAX and RDX only, and no memory.
    unsafe {
        asm!("int 0x80", inout("rax") registers.number => code, inout("rdi") first,
            inout("rsi") second, inout("rdx") third => _, inout("r10") fourth, inout("r8") fifth,
            inout("r9") sixth, options(nostack));
    }
    let [was_first, was_second, _, was_fourth, was_fifth, was_sixth] = registers.arguments;
    let preserved = [first, second, fourth, fifth, sixth]
        == [was_first, was_second, was_fourth, was_fifth, was_sixth];
    preserved && code <= Code::GuestExit as u64
}
