//! Exceptions and interrupts: one table of gates, one path for all of them.

use core::arch::{asm, global_asm};
use core::sync::atomic::{AtomicU64, Ordering};

use crate::instructions::{now, output};
use crate::{apic, fault, idle, io_apic, say};

/// The vector of the timer.
pub const TIMER: u8 = 0x40;
/// The vector of interrupts to itself.
pub const SELF: u8 = 0x41;
/// The vector of the device at the I/O APIC.
pub const DEVICE: u8 = 0x42;
/// The vector that the interrupt controller uses when it has nothing to say.
pub const SPURIOUS: u8 = 0xff;

/// The gates (AMD APM volume 2, section 4.8.4), two words each. Written by [`start`].
static GATES: [AtomicU64; 512] = [const { AtomicU64::new(0) }; 512];
/// Interrupts that have come. Written by their handler, as are the next two.
static COUNT: AtomicU64 = AtomicU64::new(0);
/// When the last one came.
static ARRIVED: AtomicU64 = AtomicU64::new(0);
/// The instruction that it came before.
static INTERRUPTED: AtomicU64 = AtomicU64::new(0);

/// Registers as the entry path lays them out.
#[repr(C)]
struct Frame {
    registers: [u64; 15],
    vector: u64,
    error: u64,
    rip: u64,
    cs: u64,
    rflags: u64,
    rsp: u64,
    ss: u64,
}

/// The last interrupt.
#[derive(Clone, Copy)]
pub struct Arrival {
    /// The time stamp counter in its handler.
    pub time: u64,
    /// The instruction that it came before.
    pub instruction: u64,
}

/// The number of interrupts so far.
pub fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// The last interrupt.
pub fn last() -> Arrival {
    Arrival {
        time: ARRIVED.load(Ordering::Relaxed),
        instruction: INTERRUPTED.load(Ordering::Relaxed),
    }
}

/// Gives every vector its gate, and masks the old interrupt controllers.
pub fn start() {
    let stubs: u64;
    // SAFETY: takes an address.
    unsafe { asm!("lea {}, [rip + interrupt_stubs]", out(reg) stubs, options(nomem, nostack)) };
    for (vector, gate) in (0..).zip(GATES.chunks_exact(2)) {
        const PRESENT_INTERRUPT_GATE: u64 = 0x8e << 40;
        const CODE_SEGMENT: u64 = 8 << 16;
        let address = stubs + vector * 16;
        let low = address & 0xffff | (address & 0xffff_0000) << 32;
        if let [first, second] = gate {
            first.store(low | PRESENT_INTERRUPT_GATE | CODE_SEGMENT, Ordering::Relaxed);
            second.store(address >> 32, Ordering::Relaxed);
        }
    }
    output(0x21, 0xff);
    output(0xa1, 0xff);
    load_table(size_of_val(&GATES) as u16 - 1);
}

/// Makes the processor use `limit + 1` bytes of the gates: with none, any exception ends the world.
pub fn load_table(limit: u16) {
    let pointer = (&raw const GATES) as u64;
    let words = [u64::from(limit) << 48, pointer];
    // SAFETY: the gates are static, and lead to handlers.
    unsafe {
        asm!("lidt [{}]", in(reg) (&raw const words).byte_add(6), options(nostack, readonly))
    };
}

extern "sysv64" fn interrupted(frame: &mut Frame) {
    const DEBUG: u64 = 1;
    const NON_MASKABLE: u64 = 2;
    const BREAKPOINT: u64 = 3;
    const OVERFLOW: u64 = 4;
    match frame.vector {
        32.. => {
            ARRIVED.store(now(), Ordering::Relaxed);
            INTERRUPTED.store(frame.rip, Ordering::Relaxed);
            COUNT.store(count().wrapping_add(1), Ordering::Relaxed);
            if frame.vector == u64::from(DEVICE) {
                io_apic::mask();
            }
            if frame.vector != u64::from(SPURIOUS) {
                apic::end_of_interrupt();
            }
        }
        DEBUG => {
            // SAFETY: this turns all breakpoints off.
            unsafe { asm!("mov dr7, {}", in(reg) 0x400_u64, options(nostack)) };
        }
        NON_MASKABLE | BREAKPOINT | OVERFLOW => {}
        vector => match fault::recover(vector) {
            Some(rip) => frame.rip = rip,
            None => {
                let (error, rip) = (frame.error, frame.rip);
                say!("exception {vector}, error {error:#x}, at {rip:#x}");
                idle()
            }
        },
    }
}

global_asm!(
    ".pushsection .text.interrupts, \"ax\"",
    ".balign 16",
    "interrupt_stubs:",
    ".set vector, 0",
    ".rept 256",
    ".balign 16",
    // Those with an error code of the processor's own.
    ".if (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30)",
    ".else",
    "push 0",
    ".endif",
    ".byte 0x68", // push
    ".long vector",
    "jmp 5f",
    ".set vector, vector + 1",
    ".endr",
    "5:",
    "push rax",
    "push rbx",
    "push rcx",
    "push rdx",
    "push rsi",
    "push rdi",
    "push rbp",
    "push r8",
    "push r9",
    "push r10",
    "push r11",
    "push r12",
    "push r13",
    "push r14",
    "push r15",
    "cld",
    "mov rdi, rsp",
    "mov rbx, rsp",
    "and rsp, -16",
    "call {interrupted}",
    "mov rsp, rbx",
    "pop r15",
    "pop r14",
    "pop r13",
    "pop r12",
    "pop r11",
    "pop r10",
    "pop r9",
    "pop r8",
    "pop rbp",
    "pop rdi",
    "pop rsi",
    "pop rdx",
    "pop rcx",
    "pop rbx",
    "pop rax",
    "add rsp, 16",
    "iretq",
    ".popsection",
    interrupted = sym interrupted,
);
