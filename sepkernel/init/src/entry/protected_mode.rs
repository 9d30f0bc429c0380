//! Entry in 32-bit protected mode without paging, as Multiboot 2 (specification 2.0, section 3.3)
//! and PVH (Xen's `pvh.rst`) define it: EBX points at the loader's information. Maps the first
//! 4 GiB to themselves, enters long mode and calls [`long_mode`].

use core::arch::global_asm;

use super::{multiboot2, pvh};

/// Address of the entry table that `init.ld` lays out.
const ENTRY_TABLE: u32 = 0x100_1000;

global_asm!(
    ".pushsection .text.protected_mode, \"ax\"",
    ".code32",
    ".global pvh_start",
    "pvh_start:",
    "mov esi, {pvh}",
    "jmp 2f",
    ".global multiboot2_start",
    "multiboot2_start:",
    "mov esi, eax",
    "2:",
    "cli",
    "cld",
    "mov edx, [{table}]",     // early_page_tables: level 4, level 3, four of level 2
    "mov esp, [{table} + 4]", // __stack_end
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
    "mov eax, [{table} + 8]", // early_descriptors
    "sub esp, 8",
    "mov word ptr [esp], 23",
    "mov [esp + 2], eax",
    "lgdt [esp]",
    "mov eax, [{table} + 12]", // long_mode_start
    "push 8",
    "push eax",
    "retf",
    ".code64",
    ".global long_mode_start",
    "long_mode_start:",
    "mov eax, 16",
    "mov ds, eax",
    "mov es, eax",
    "mov ss, eax",
    "mov edi, esi",
    "mov esi, ebx",
    "and rsp, -16",
    "call {long_mode}",
    "ud2",
    ".popsection",
    ".pushsection .rodata.protected_mode, \"a\"",
    ".balign 8",
    ".global early_descriptors",
    "early_descriptors:",
    ".quad 0",
    ".quad 0x00af9b000000ffff", // code, 64-bit
    ".quad 0x00cf93000000ffff", // data
    ".popsection",
    ".pushsection .bss.protected_mode, \"aw\", @nobits",
    ".balign 4096",
    ".global early_page_tables",
    "early_page_tables:",
    ".skip 6 * 4096",
    ".popsection",
    table = const ENTRY_TABLE,
    pvh = const pvh::START_MAGIC,
    long_mode = sym long_mode,
);

/// Goes on in long mode with the first 4 GiB mapped to themselves. `magic` says who started us,
/// `information` is the physical address of what it says.
extern "sysv64" fn long_mode(magic: u32, information: u32) -> ! {
    let information = u64::from(information);
    match magic {
        multiboot2::LOADER_MAGIC => multiboot2::start(information),
        _ => pvh::start(information),
    }
}
