//! Control, debug and extended control registers with values that are odd or not allowed.

use cloister_bare::attempt;
use cloister_bare::identity;

use super::{Context, Tally};

/// Bits of CR0 that the program cannot do without: PE and PG.
const NEEDED_CR0: u64 = 1 | 1 << 31;
/// Bits of CR4 that it cannot do without or that change what its tables mean: PAE and LA57.
const NEEDED_CR4: u64 = 1 << 5 | 1 << 12;
/// Bits of CR4 from which on some are reserved on any processor.
const RESERVED_CR4: u64 = u64::MAX << 11;

pub fn run(_: &Context<'_>) -> Tally {
    let mut tally = Tally::default();
    control(&mut tally);
    page_tables(&mut tally);
    priority(&mut tally);
    debug(&mut tally);
    if identity::has_xsave() {
        extended(&mut tally);
    }
    tally
}

/// Each bit of CR0 and CR4 turned over, and back.
fn control(tally: &mut Tally) {
    for bit in (0..64).map(|bit| 1_u64 << bit) {
        // SAFETY: the bits that this program needs stay; the others are put back at once.
        unsafe {
            if bit & NEEDED_CR0 == 0 {
                tally.add(attempt!("mov rax, cr0", "mov rcx, rax", "xor rax, rdx", "mov cr0, rax",
                    "mov cr0, rcx"; in("rdx") bit, out("rax") _, out("rcx") _));
            }
            if bit & (NEEDED_CR4 | RESERVED_CR4) == 0 {
                tally.add(attempt!("mov rax, cr4", "mov rcx, rax", "xor rax, rdx", "mov cr4, rax",
                    "mov cr4, rcx"; in("rdx") bit, out("rax") _, out("rcx") _));
            }
        }
    }
    // SAFETY: task switched, and not: no floating point is used. LMSW cannot clear PE.
    unsafe {
        tally.add(attempt!("mov rax, cr0", "lmsw ax", "clts"; out("rax") _));
        // Not write-through without cache disable is not allowed.
        tally.add(attempt!("mov rax, cr0", "mov rcx, rax", "or rax, 0x20000000",
            "btr rax, 30", "mov cr0, rax", "mov cr0, rcx"; out("rax") _, out("rcx") _));
    }
}

/// CR2 with addresses that are none, CR3 with its reserved and ignored bits.
fn page_tables(tally: &mut Tally) {
    for value in [0, u64::MAX, 0x8000_0000_0000, 1 << 63] {
        // SAFETY: nothing reads CR2.
        tally.add(unsafe { attempt!("mov cr2, rax"; in("rax") value) });
    }
    for bits in [0x8_u64, 0x10, 0x18, 0xfe7, 0xfff] {
        // SAFETY: the address of the root stays; what is refused changes nothing.
        unsafe {
            tally.add(attempt!("mov rax, cr3", "mov rcx, rax", "or rax, rdx", "mov cr3, rax",
                "mov cr3, rcx"; in("rdx") bits, out("rax") _, out("rcx") _));
        }
    }
}

/// Bits of CR3 and CR4 that are reserved on some or all processors. QEMU (10.0 at least) leaves the
/// guest with an error for them instead of raising an exception, also where there is no guest to leave:
/// there it then does nothing more, so that this is left out.
pub fn reserved(_: &Context<'_>) -> Tally {
    let mut tally = Tally::default();
    if identity::is_emulator() {
        return tally;
    }
    for bit in (11..64).map(|bit| 1_u64 << bit).filter(|bit| bit & NEEDED_CR4 == 0) {
        // SAFETY: what the processor does not refuse is put back at once.
        tally.add(unsafe {
            attempt!("mov rax, cr4", "mov rcx, rax", "xor rax, rdx",
            "mov cr4, rax", "mov cr4, rcx"; in("rdx") bit, out("rax") _, out("rcx") _)
        });
    }
    for bits in [1_u64 << 63, 1 << 62, 0xfff << 52] {
        // SAFETY: the address of the root stays; what is refused changes nothing.
        tally.add(unsafe {
            attempt!("mov rax, cr3", "mov rcx, rax", "or rax, rdx",
            "mov cr3, rax", "mov cr3, rcx"; in("rdx") bits, out("rax") _, out("rcx") _)
        });
    }
    tally
}

/// CR8 with priorities and with what is none.
fn priority(tally: &mut Tally) {
    for value in (0..=16).chain([0xff, 1 << 32, u64::MAX]) {
        // SAFETY: interrupts are off, and the lowest priority is put back.
        tally.add(unsafe { attempt!("mov cr8, rax"; in("rax") value) });
    }
    // SAFETY: as above.
    tally.add(unsafe { attempt!("mov cr8, rax"; in("rax") 0_u64) });
}

/// Debug registers: breakpoints on data that the program writes, reserved bits, and those bits that
/// protect the registers themselves.
fn debug(tally: &mut Tally) {
    let watched = (&raw const cloister_bare::fault::RECOVERY) as u64;
    for address in [watched, 0, u64::MAX, 0x8000_0000_0000] {
        // SAFETY: no breakpoint is on yet.
        unsafe {
            tally.add(attempt!("mov dr0, rax"; in("rax") address));
            tally.add(attempt!("mov dr1, rax"; in("rax") address));
            tally.add(attempt!("mov dr2, rax"; in("rax") address));
            tally.add(attempt!("mov dr3, rax"; in("rax") address));
        }
    }
    for value in [0, u64::MAX, 0xffff_0ff0, 1 << 32] {
        // SAFETY: nothing reads DR6.
        tally.add(unsafe { attempt!("mov dr6, rax"; in("rax") value) });
    }
    // SAFETY: the handler of debug exceptions turns breakpoints off.
    unsafe {
        tally.add(attempt!("mov dr0, rax"; in("rax") watched));
        for value in [0x400, 0xd_0403, 0x1_0403, 0x2400, u64::MAX, 1 << 32, 0x400] {
            tally.add(attempt!("mov dr7, rax"; in("rax") value));
        }
        // Each access to a debug register is to trap, once (general detect).
        tally.add(attempt!("mov rax, 0x2400", "mov dr7, rax", "mov rax, dr0"; out("rax") _));
        tally.add(attempt!("mov dr7, rax"; in("rax") 0x400_u64));
    }
}

/// XCR0 and others with values that the processor must refuse: without x87, AVX without SSE, reserved
/// bits, registers that are none.
fn extended(tally: &mut Tally) {
    // SAFETY: enables XSETBV and XGETBV; no vector register is used here.
    tally.add(unsafe { attempt!("mov rax, cr4", "bts rax, 18", "mov cr4, rax"; out("rax") _) });
    let values = [0, 2, 4, 5, 7, 3, 1 << 3, 1 << 9, 1 << 62, 1 << 63, u64::MAX, 1];
    for register in [0, 1, 2, u32::MAX] {
        for value in values {
            let (low, high) = (value as u32, (value >> 32) as u32);
            // SAFETY: no vector register is used here.
            unsafe {
                tally.add(attempt!("xsetbv"; in("ecx") register, in("eax") low, in("edx") high));
            }
        }
        // SAFETY: reading changes nothing.
        unsafe {
            tally.add(attempt!("xgetbv"; in("ecx") register, out("eax") _, out("edx") _));
        }
    }
}
