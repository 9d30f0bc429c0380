//! `bench`: what things cost, in ticks of the time stamp counter.
//!
//! Each row is `probe: NAME ROUNDS TICKS`: the cheapest of some batches of so many rounds, so that
//! what others did in between does not count. `probe: NAME skipped: WHY` where there is nothing to
//! measure.

mod floor;
mod kick;
pub mod switch;

use core::arch::asm;
use core::hint::black_box;

use cloister_bare::StartInformation;
use cloister_bare::apic::{self, ID, MEMORY, TASK_PRIORITY};
use cloister_bare::attempt;
use cloister_bare::console::SCRATCH;
use cloister_bare::fault::read_msr;
use cloister_bare::instructions::{
    cpuid, disable_interrupts, enable_interrupts, halt, input, now, output, read_memory, write_cr3,
    write_memory,
};
use cloister_bare::say;
use cloister_bare::timer::Timer;
use cloister_bare::{identity, idle, interrupts, paging};

const IO_APIC: u64 = 0xfec0_0000;
const IO_APIC_WINDOW: u64 = 0xfec0_0010;
/// The port of power-on self-test codes: nobody reads what is written there.
const DIAGNOSTIC_PORT: u16 = 0x80;
const BATCHES: u32 = 8;
const ROUNDS: u32 = 500;
/// Ticks from setting the timer to its interrupt.
const DELAY: u64 = 50_000;
/// Bytes of the walk through memory, and between two reads.
const WALK: u64 = 16 << 20;
const STRIDE: usize = 64;

/// Why things about the x2APIC are skipped.
const NO_X2APIC: &str = "CPUID shows no x2APIC";

/// Measures everything, and waits for ever.
pub fn run(information: &StartInformation) -> ! {
    say!("probe: bench");
    apic::start();
    exits();
    floor::run();
    memory_mapped();
    kick::measure();
    interrupts_to_itself("self-ipi-memory");
    let by_registers = apic::use_registers();
    model_specific(by_registers);
    if by_registers {
        interrupts_to_itself("self-ipi-x2apic");
    } else {
        skipped("self-ipi-x2apic", NO_X2APIC);
    }
    timer();
    work(information);
    say!("probe: done");
    idle()
}

/// Prints the cheapest batch of `rounds` times `round`, which gives the ticks that count.
pub fn report(name: &str, rounds: u32, mut batch: impl FnMut(u32) -> u64) {
    let cheapest = (0..BATCHES).map(|_| batch(rounds)).min().unwrap_or_default();
    say!("probe: {name} {rounds} {cheapest}");
}

fn measure(name: &str, rounds: u32, mut round: impl FnMut()) {
    report(name, rounds, |rounds| {
        let start = now();
        for _ in 0..rounds {
            round();
        }
        now().wrapping_sub(start)
    });
}

fn skipped(name: &str, why: &str) {
    say!("probe: {name} skipped: {why}");
}

fn exits() {
    // SAFETY: nothing is executed.
    measure("empty", ROUNDS, || unsafe { asm!("", options(nomem, nostack)) });
    measure("cpuid", ROUNDS, || {
        black_box(cpuid(0, 0));
    });
    hypercall();
    measure("port-write-0x80", ROUNDS, || output(DIAGNOSTIC_PORT, 0));
    measure("port-write-uart", ROUNDS, || output(SCRATCH, 0));
    measure("port-read-uart", ROUNDS, || {
        black_box(input(SCRATCH));
    });
}

fn hypercall() {
    let name = "vmmcall";
    // No call has this number: what is measured is the way there and back.
    let call = || {
        // SAFETY: a hypervisor changes at most the registers that its convention names.
        unsafe {
            attempt!("vmmcall"; inout("rax") u64::from(u32::MAX) => _, out("rcx") _, out("rdx") _,
                out("rsi") _, out("rdi") _, out("r8") _, out("r9") _, out("r10") _, out("r11") _)
        }
    };
    if !identity::has_hypervisor() {
        skipped(name, "CPUID shows no hypervisor");
    } else if call().is_some() {
        skipped(name, "the hypervisor takes no calls");
    } else {
        measure(name, ROUNDS, || {
            call();
        });
    }
}

fn memory_mapped() {
    // SAFETY: the first 4 GiB are mapped, and these are device registers whose reads and writes here
    // change nothing: an index, and a priority below which all interrupts are.
    unsafe {
        measure("mmio-read-ioapic", ROUNDS, || {
            black_box(read_memory(IO_APIC_WINDOW));
        });
        measure("mmio-write-ioapic", ROUNDS, || write_memory(IO_APIC, 0));
        measure("mmio-read-local-apic", ROUNDS, || {
            black_box(read_memory(MEMORY + u64::from(ID)));
        });
        measure("mmio-write-local-apic", ROUNDS, || {
            write_memory(MEMORY + u64::from(TASK_PRIORITY), 0);
        });
    }
}

fn model_specific(by_registers: bool) {
    const TSC: u32 = 0x10;
    const DEADLINE: u32 = 0x6e0;
    read_register("msr-read-tsc", TSC);
    let x2apic = "msr-read-x2apic-id";
    if by_registers {
        read_register(x2apic, apic::register(ID));
    } else {
        skipped(x2apic, NO_X2APIC);
    }
    let deadline = "msr-write-tsc-deadline";
    if identity::has_deadline_timer() {
        // SAFETY: the register is there; zero disarms the timer.
        measure(deadline, ROUNDS, || unsafe {
            asm!("wrmsr", in("ecx") DEADLINE, in("eax") 0, in("edx") 0, options(nostack));
        });
    } else {
        skipped(deadline, "CPUID shows no TSC-deadline timer");
    }
}

fn read_register(name: &str, register: u32) {
    if read_msr(register).is_none() {
        skipped(name, "the processor refuses");
        return;
    }
    // SAFETY: it was read just now; reading changes nothing.
    measure(name, ROUNDS, || unsafe {
        asm!("rdmsr", in("ecx") register, out("eax") _, out("edx") _, options(nomem, nostack));
    });
}

/// From the command to the interrupt's handler and back.
fn interrupts_to_itself(name: &str) {
    enable_interrupts();
    measure(name, ROUNDS, || {
        let before = interrupts::count();
        apic::interrupt_self();
        while interrupts::count() == before {}
    });
    disable_interrupts();
}

/// How late the timer's interrupt is, in a handler, where the processor computes and where it waits.
fn timer() {
    const ROUNDS: u32 = 20;
    let timer = Timer::start();
    let late = |wait: fn(u64)| {
        move |rounds| {
            (0..rounds).fold(0_u64, |sum, _| {
                let before = interrupts::count();
                let instant = timer.arm(DELAY);
                wait(before);
                sum.wrapping_add(interrupts::last().time.saturating_sub(instant))
            })
        }
    };
    report(
        "timer-while-busy",
        ROUNDS,
        late(|before| {
            enable_interrupts();
            while interrupts::count() == before {}
            disable_interrupts();
        }),
    );
    report(
        "timer-while-halted",
        ROUNDS,
        late(|before| {
            while interrupts::count() == before {
                halt();
            }
        }),
    );
}

/// Work that needs no exit.
fn work(information: &StartInformation) {
    measure("compute", ROUNDS, || {
        let mut value = black_box(1_u64);
        for factor in 0..1000_u64 {
            value = value.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(black_box(factor));
        }
        black_box(value);
    });
    let walk = "memory-walk-16MiB";
    match information.free_memory(WALK) {
        Some(start) => measure(walk, 1, || {
            for address in (start..start + WALK).step_by(STRIDE) {
                // SAFETY: the memory map says that it is memory, and it is mapped.
                unsafe { write_memory(address, black_box(read_memory(address)).wrapping_add(1)) };
            }
        }),
        None => skipped(walk, "the world has less than 16 MiB to spare"),
    }
    let roots = paging::roots();
    measure("page-table-switch", ROUNDS, || {
        for root in roots {
            // SAFETY: both roots map the same.
            unsafe { write_cr3(root) };
            for page in 0..8_u64 {
                // SAFETY: mapped; reading memory changes nothing.
                black_box(unsafe { read_memory(page << 21) });
            }
        }
    });
}
