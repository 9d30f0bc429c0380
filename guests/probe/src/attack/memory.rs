//! Every 2 MiB of the first 64 GiB of guest-physical space: read in each width, and written where the
//! loader says there is no memory.

use cloister_bare::attempt;
use cloister_bare::paging::Window;
use cloister_bare::say;

use super::{Context, Tally};

const GIBIBYTE: u64 = 1 << 30;
const STEP: u64 = 2 << 20;
const GIBIBYTES: u64 = 64;

pub fn run(context: &Context<'_>) -> Tally {
    let mut tally = Tally::default();
    for gibibyte in 0..GIBIBYTES {
        let start = gibibyte * GIBIBYTE;
        Window::at(start);
        for address in (start..start + GIBIBYTE).step_by(STEP as usize) {
            read(&mut tally, address);
            if !context.information.is_memory(address) {
                write(&mut tally, address);
            }
        }
        if gibibyte % 16 == 15 {
            say!("attack: memory up to {} GiB", gibibyte + 1);
        }
    }
    tally
}

fn read(tally: &mut Tally, address: u64) {
    // SAFETY: mapped; reading reaches no memory of this program.
    unsafe {
        tally.add(attempt!("mov al, [rdx]"; in("rdx") address, out("rax") _));
        tally.add(attempt!("mov ax, [rdx]"; in("rdx") address, out("rax") _));
        tally.add(attempt!("mov eax, [rdx]"; in("rdx") address, out("rax") _));
        tally.add(attempt!("mov rax, [rdx]"; in("rdx") address, out("rax") _));
        // Across a border of eight bytes.
        tally.add(attempt!("mov rax, [rdx + 5]"; in("rdx") address, out("rax") _));
    }
}

fn write(tally: &mut Tally, address: u64) {
    // SAFETY: mapped, and there is no memory, so none of this program's.
    unsafe {
        tally.add(attempt!("mov [rdx], al"; in("rdx") address, in("al") 0xff_u8));
        tally.add(attempt!("mov [rdx], rax"; in("rdx") address, in("rax") u64::MAX));
        tally.add(attempt!("mov dword ptr [rdx + 6], eax"; in("rdx") address, in("eax") 0));
        tally.add(attempt!("lock xadd [rdx], eax"; in("rdx") address, inout("eax") 1 => _));
        tally.add(attempt!("inc byte ptr [rdx]"; in("rdx") address));
    }
}

/// A device's memory as the operand of an instruction that no monitor emulates, as no system has it
/// there: the monitor gives up.
pub fn unknown_to_the_monitor(_: &Context<'_>) -> Tally {
    const IO_APIC: u64 = 0xfec0_0000;
    let mut tally = Tally::default();
    // SAFETY: no memory of this program is there.
    unsafe {
        tally.add(attempt!("cmpxchg8b [rsi]"; in("rsi") IO_APIC, inout("eax") 0 => _,
            inout("edx") 0 => _, in("ecx") 0));
    }
    tally
}
