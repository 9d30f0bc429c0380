//! Entry in 32-bit protected mode without paging, as PVH defines it (Xen's `pvh.rst`): EBX points at
//! the start information. Keeps the registers, maps the first 4 GiB to themselves, enters long mode and
//! calls [`long_mode`](crate::long_mode).

use core::arch::global_asm;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::long_mode;
use crate::paging::TABLES;

/// The registers that are kept.
const KEPT: usize = 14;

/// EAX, EBX, ECX, EDX, ESI, EDI, EBP, ESP, CR0, CR4, EFLAGS, CS, DS, TR at entry. Written there.
static AT_ENTRY: [AtomicU32; KEPT] = [const { AtomicU32::new(0) }; KEPT];

/// The registers at entry.
pub fn registers() -> impl Iterator<Item = u32> {
    AT_ENTRY.iter().map(|register| register.load(Ordering::Relaxed))
}

global_asm!(
    ".pushsection .protected_mode, \"ax\"",
    ".code32",
    ".global pvh_start",
    "pvh_start:",
    "cli",
    "cld",
    "mov [{kept}], eax",
    "mov [{kept} + 4], ebx",
    "mov [{kept} + 8], ecx",
    "mov [{kept} + 12], edx",
    "mov [{kept} + 16], esi",
    "mov [{kept} + 20], edi",
    "mov [{kept} + 24], ebp",
    "mov [{kept} + 28], esp",
    "mov eax, cr0",
    "mov [{kept} + 32], eax",
    "mov eax, cr4",
    "mov [{kept} + 36], eax",
    "mov esp, offset stack_end",
    "pushfd",
    "pop eax",
    "mov [{kept} + 40], eax",
    "xor eax, eax",
    "mov ax, cs",
    "mov [{kept} + 44], eax",
    "mov ax, ds",
    "mov [{kept} + 48], eax",
    "str ax",
    "mov [{kept} + 52], eax",
    "mov edx, offset {tables}", // level 4, level 3, four of level 2
    "lea eax, [edx + 0x1003]",
    "mov [edx], eax",
    "lea edi, [edx + 0x1000]",
    "mov ecx, 4",
    "3:",
    "add eax, 0x1000",
    "mov [edi], eax",
    "add edi, 8",
    "loop 3b",
    "lea edi, [edx + 0x2000]",
    "mov eax, 0x83", // present, writable, 2 MiB
    "mov ecx, 2048",
    "4:",
    "mov [edi], eax",
    "add eax, 0x200000",
    "add edi, 8",
    "loop 4b",
    "mov cr3, edx",
    "mov eax, cr4",
    "or eax, 0x20", // PAE
    "mov cr4, eax",
    "mov ecx, 0xc0000080", // EFER
    "rdmsr",
    "or eax, 0x100", // LME
    "wrmsr",
    "mov eax, cr0",
    "or eax, 0x80000001", // PG, PE
    "mov cr0, eax",
    "lgdt [descriptor_table]",
    "push 8",
    "mov eax, offset long_mode_start",
    "push eax",
    "retf",
    ".code64",
    "long_mode_start:",
    "mov eax, 16",
    "mov ds, eax",
    "mov es, eax",
    "mov ss, eax",
    "mov edi, ebx",
    "mov esp, offset stack_end",
    "call {long_mode}",
    "ud2",
    ".popsection",
    // Writable: the processor marks segments as accessed.
    ".pushsection .data.entry, \"aw\"",
    ".balign 8",
    "descriptors:",
    ".quad 0",
    ".quad 0x00af9b000000ffff", // code, 64-bit
    ".quad 0x00cf93000000ffff", // data
    "descriptor_table:",
    ".word 23",
    ".quad descriptors",
    ".popsection",
    kept = sym AT_ENTRY,
    tables = sym TABLES,
    long_mode = sym long_mode,
);
