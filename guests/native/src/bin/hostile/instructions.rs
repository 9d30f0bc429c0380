//! Instructions for the kernel only, and all others that end in an exception.

use core::arch::asm;

use cloister_runtime::log;

use crate::Kind;

/// An attack by instructions, with its name.
type Attack = (&'static str, fn());

macro_rules! attack {
    ($name:literal, $($line:literal),+) => {
        ($name, || {
            // SAFETY: not safe; the processor must stop it before it has any effect.
            unsafe {
                asm!($($line),+, out("rax") _, out("rcx") _, out("rdx") _, out("rsi") _, out("rdi") _,
                    out("r8") _, out("r9") _)
            }
        })
    };
}

/// Each ends in the fault that the host's test knows by its name. `invd`, `wbinvd` and exceptions of
/// the SIMD unit are not among them: QEMU's emulation does not stop the former in ring 3, nor raise the
/// latter.
const ATTACKS: &[Attack] = &[
    attack!("hlt", "hlt"),
    attack!("cli", "cli"),
    attack!("sti", "sti"),
    attack!("clts", "clts"),
    attack!("lmsw", "mov eax, 1", "lmsw ax"),
    attack!("smsw", "smsw rax"),
    attack!("sgdt", "sgdt [rsp - 128]"),
    attack!("sidt", "sidt [rsp - 128]"),
    attack!("sldt", "sldt rax"),
    attack!("str", "str rax"),
    attack!("lgdt", "lgdt [rsp]"),
    attack!("lidt", "lidt [rsp]"),
    attack!("lldt", "xor eax, eax", "lldt ax"),
    attack!("ltr", "mov eax, 0x28", "ltr ax"),
    attack!("mov from cr0", "mov rax, cr0"),
    attack!("mov from cr2", "mov rax, cr2"),
    attack!("mov from cr3", "mov rax, cr3"),
    attack!("mov from cr4", "mov rax, cr4"),
    attack!("mov from cr8", "mov rax, cr8"),
    attack!("mov to cr0", "xor eax, eax", "mov cr0, rax"),
    attack!("mov to cr3", "xor eax, eax", "mov cr3, rax"),
    attack!("mov to cr4", "xor eax, eax", "mov cr4, rax"),
    attack!("mov to cr8", "xor eax, eax", "mov cr8, rax"),
    attack!("mov from dr0", "mov rax, dr0"),
    attack!("mov to dr7", "xor eax, eax", "mov dr7, rax"),
    attack!("invlpg", "invlpg [rsp]"),
    attack!("rdpmc", "xor ecx, ecx", "rdpmc"),
    attack!("xsetbv", "xor ecx, ecx", "xor edx, edx", "mov eax, 7", "xsetbv"),
    attack!("swapgs", "swapgs"),
    attack!("sysretq", "lea rcx, [rip]", "sysretq"),
    attack!("syscall", "syscall"),
    attack!("sysenter", "sysenter"),
    attack!("sysexit", "sysexit"),
    attack!("vmrun", "xor eax, eax", "vmrun rax"),
    attack!("vmload", "xor eax, eax", "vmload rax"),
    attack!("vmsave", "xor eax, eax", "vmsave rax"),
    attack!("vmmcall", "vmmcall"),
    attack!("vmcall", "vmcall"),
    attack!("stgi", "stgi"),
    attack!("clgi", "clgi"),
    attack!("skinit", "xor eax, eax", "skinit eax"),
    attack!("invlpga", "xor eax, eax", "xor ecx, ecx", "invlpga rax, ecx"),
    attack!("rsm", "rsm"),
    attack!("monitor", "mov rax, rsp", "xor ecx, ecx", "xor edx, edx", "monitor"),
    attack!("mwait", "xor eax, eax", "xor ecx, ecx", "mwait"),
    attack!("stac", "stac"),
    attack!("clac", "clac"),
    attack!("wrfsbase", "xor eax, eax", "wrfsbase rax"),
    attack!("ud2", "ud2"),
    attack!("lock without memory", ".byte 0xf0, 0x90"),
    attack!("kernel code segment", "push 0x8", "lea rax, [rip]", "push rax", "retfq"),
    attack!("kernel stack segment", "mov eax, 0x10", "mov ss, ax"),
    attack!("kernel data segment", "mov eax, 0x10", "mov ds, ax"),
    attack!("task segment as data", "mov eax, 0x28", "mov gs, ax"),
    attack!(
        "iretq to the kernel",
        "mov rax, rsp",
        "push 0x10",
        "push rax",
        "push 0x2",
        "push 0x8",
        "lea rax, [rip]",
        "push rax",
        "iretq"
    ),
    attack!("jump to no address", "mov rax, 0x800000000000", "jmp rax"),
    // The kernel is called, and returns, on a stack at no address.
    attack!(
        "stack at no address",
        "mov rsp, 0x900000000000",
        "mov eax, 5",
        "xor edi, edi",
        "int 0x80",
        "push rax"
    ),
    attack!("divide by zero", "xor ecx, ecx", "mov eax, 1", "xor edx, edx", "div ecx"),
    attack!("single step", "pushfq", "or dword ptr [rsp], 0x100", "popfq", "nop", "nop"),
    attack!("icebp", ".byte 0xf1"),
    attack!("breakpoint", "int3"),
    attack!(
        "x87 exception",
        "push 0x300",
        "fninit",
        "fldcw [rsp]",
        "fldz",
        "fld1",
        "fdivrp",
        "fwait",
        "pop rax"
    ),
    // What changes nothing is answered by an undefined instruction.
    attack!(
        "interrupts off by popfq",
        "pushfq",
        "and dword ptr [rsp], ~0x200",
        "or dword ptr [rsp], 0x3000",
        "popfq",
        "pushfq",
        "pop rax",
        "and eax, 0x3200",
        "cmp eax, 0x200",
        "jne 2f",
        "ud2",
        "2:"
    ),
];

/// The attacks.
pub const KIND: Kind = Kind {
    count: |_| ATTACKS.len(),
    attack: |_, number| {
        if let Some((name, attack)) = ATTACKS.get(number) {
            log!("do {name}");
            attack();
        }
    },
};

macro_rules! interrupts {
    ($($number:literal)+) => {
        &[$(($number, || {
            // SAFETY: not safe; the gate must be closed to ring 3.
            unsafe { asm!("int {number}", number = const $number) }
        })),+]
    };
}

/// Interrupts by instruction: every exception, and some of the vectors of devices.
const NUMBERS: &[(u8, fn())] = interrupts!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 64 127 129 192 239 240 241 242 254 255
);

/// The interrupts.
pub const INTERRUPTS: Kind = Kind {
    count: |_| NUMBERS.len(),
    attack: |_, number| {
        if let Some((vector, interrupt)) = NUMBERS.get(number) {
            log!("int {vector}");
            interrupt();
        }
    },
};
