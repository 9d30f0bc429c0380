//! Instructions that reach for the whole machine.

use cloister_bare::attempt;
use cloister_bare::instructions::cpuid;
use cloister_bare::timer::Timer;
use cloister_bare::{apic, identity, interrupts};

use super::{Context, Tally};

/// Ticks after which the timer wakes the processor.
const DELAY: u64 = 100_000;
/// Where nothing is mapped, and what is no address at all.
const WILD: [u64; 3] = [0x7fff_ffff_f000, 0x8000_0000_0000, u64::MAX - 7];

pub fn run(_: &Context<'_>) -> Tally {
    let mut tally = Tally::default();
    caches(&mut tally);
    counters(&mut tally);
    tables(&mut tally);
    memory(&mut tally);
    waiting(&mut tally);
    identification(&mut tally);
    tally
}

fn caches(tally: &mut Tally) {
    // SAFETY: on emulated and virtual processors caches hold nothing that memory does not. INVD, which
    // could lose something on others, comes after WBINVD.
    unsafe {
        tally.add(attempt!("wbinvd"; options(nostack)));
        tally.add(attempt!("invd"; options(nostack)));
        tally.add(attempt!("invlpg [rax]"; in("rax") 0_u64));
        tally.add(attempt!("rsm"; options(nostack)));
    }
}

fn counters(tally: &mut Tally) {
    for counter in [0, 1, 5, 9, 1 << 30, u32::MAX] {
        // SAFETY: reading changes nothing.
        unsafe {
            tally.add(attempt!("rdpmc"; in("ecx") counter, out("eax") _, out("edx") _));
            // RDPRU
            tally.add(attempt!(".byte 0x0f, 0x01, 0xfd"; in("ecx") counter, out("eax") _,
                out("edx") _));
        }
    }
    // SAFETY: reading changes nothing.
    tally.add(unsafe { attempt!("rdtscp"; out("eax") _, out("edx") _, out("ecx") _) });
}

/// Selectors that are none, and a task in a table that has none.
fn tables(tally: &mut Tally) {
    for selector in [0_u16, 3, 8, 16, 0x28, 0xfff8, 0xffff] {
        // SAFETY: nothing uses these registers; what does not fit is refused.
        unsafe {
            tally.add(attempt!("lldt ax"; in("ax") selector));
            tally.add(attempt!("ltr ax"; in("ax") selector));
            tally.add(attempt!("mov fs, eax"; in("eax") u32::from(selector)));
            tally.add(attempt!("verr ax"; in("ax") selector));
            tally.add(attempt!("lar ecx, eax"; in("eax") u32::from(selector), out("ecx") _));
        }
    }
    // SAFETY: the handlers of these exceptions go on.
    unsafe {
        tally.add(attempt!("int3"; options(nostack)));
        tally.add(attempt!("int 2"; options(nostack)));
        tally.add(attempt!(".byte 0xf1"; options(nostack)));
        tally.add(attempt!("ud2"; options(nostack)));
        tally.add(attempt!("xor edx, edx", "div edx"; out("rax") _, out("rdx") _));
    }
}

fn memory(tally: &mut Tally) {
    for address in WILD {
        // SAFETY: not mapped.
        unsafe {
            tally.add(attempt!("mov al, [rdx]"; in("rdx") address, out("rax") _));
            tally.add(attempt!("mov [rdx], al"; in("rdx") address, in("al") 0_u8));
            tally.add(attempt!("jmp rdx"; in("rdx") address));
            tally.add(attempt!("lock inc qword ptr [rdx]"; in("rdx") address));
        }
    }
}

/// MONITOR and MWAIT in each form, with a timer that ends the waiting.
fn waiting(tally: &mut Tally) {
    if !identity::has_monitor() {
        // SAFETY: the processor says that it does not know them.
        unsafe {
            tally.add(attempt!("monitor"; in("rax") 0_u64, in("ecx") 0, in("edx") 0));
            tally.add(attempt!("mwait"; in("eax") 0, in("ecx") 0));
        }
        return;
    }
    let watched = (&raw const cloister_bare::fault::RECOVERY) as u64;
    apic::use_registers();
    let timer = Timer::start();
    for (hint, extension) in [(0, 0), (0, 1), (0xff, 0), (0x20, 0), (0, u32::MAX)] {
        let before = interrupts::count();
        timer.arm(DELAY);
        // SAFETY: reads memory that is there.
        unsafe {
            tally.add(attempt!("monitor"; in("rax") watched, in("ecx") 0, in("edx") 0));
            tally.add(attempt!("sti", "mwait"; in("eax") hint, in("ecx") extension));
        }
        cloister_bare::instructions::enable_interrupts();
        while interrupts::count() == before {
            core::hint::spin_loop();
        }
        cloister_bare::instructions::disable_interrupts();
    }
}

/// Leaves of CPUID that are none.
fn identification(tally: &mut Tally) {
    for leaf in [0x7fff_ffff, 0x4000_0000, 0x4000_00ff, 0x8000_001f, 0x8fff_ffff, u32::MAX] {
        for subleaf in [0, 1, 0x3f, u32::MAX] {
            core::hint::black_box(cpuid(leaf, subleaf));
            tally.add(None);
        }
    }
}
