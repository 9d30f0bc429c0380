//! How the other processors come from their reset into the kernel: a page below 1 MiB at which they
//! start in real mode (AMD APM volume 2, section 15.27 and 16.5), and the interrupts that wake them.

use core::arch::global_asm;

use cloister_hardware::handoff::{MAX_PROCESSORS, Range};
use cloister_hardware::layout::PAGE;
use cloister_hardware::local_apic::{COMMAND_HIGH, COMMAND_LOW};
use cloister_tables::Clock;

use crate::boot_info::{BootInfo, MemoryKind};
use crate::clock::wait;
use crate::stop;

/// What the processors read at the end of the page.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Parameters {
    /// How many have come; each takes the next stack.
    pub arrived: u64,
    /// Physical address of the root of the page tables, below 4 GiB.
    pub root: u64,
    /// Where they go.
    pub entry: u64,
    /// First argument of that function.
    pub argument: u64,
    /// Tops of their stacks.
    pub stacks: [u64; MAX_PROCESSORS],
}

/// Offset of the parameters: in the page behind the code, since that one is read-only when it runs.
const PARAMETERS: usize = PAGE as usize;

// No stack is used, as all processors may run this at once. Jumps between modes need absolute
// addresses, which `place` fills in.
global_asm!(
    ".pushsection .rodata.trampoline, \"a\"",
    ".global trampoline_start",
    ".global trampoline_end",
    ".global trampoline_table",
    ".global trampoline_jump_32",
    ".global trampoline_jump_64",
    "trampoline_start:",
    ".code16",
    "cli",
    "cld",
    "mov ax, cs",
    "mov ds, ax",
    "xor ebx, ebx",
    "mov bx, cs",
    "shl ebx, 4",
    ".byte 0x66, 0x0f, 0x01, 0x16", // lgdt with a 32-bit base
    ".word trampoline_table - trampoline_start",
    "mov eax, cr0",
    "or al, 1",
    "mov cr0, eax",
    ".byte 0x66, 0xea", // far jump
    "trampoline_jump_32:",
    ".long 2f - trampoline_start",
    ".word 0x08",
    ".code32",
    "2:",
    "mov eax, 0x10",
    "mov ds, eax",
    "mov ss, eax",
    "mov esi, 1",
    "lock xadd [ebx + {parameters}], esi",
    "mov eax, cr4",
    "or eax, 0x20", // PAE
    "mov cr4, eax",
    "mov eax, [ebx + {parameters} + 8]",
    "mov cr3, eax",
    "mov ecx, 0xc0000080", // EFER
    "rdmsr",
    "or eax, 0x900", // LME, NXE
    "wrmsr",
    "mov eax, cr0",
    "and eax, 0x9fffffff", // caches on
    "or eax, 0x80010001",  // PG, WP, PE
    "mov cr0, eax",
    ".byte 0xea", // far jump
    "trampoline_jump_64:",
    ".long 3f - trampoline_start",
    ".word 0x18",
    ".code64",
    "3:",
    "mov rsp, [rbx + rsi * 8 + {parameters} + 32]",
    "mov rdi, [rbx + {parameters} + 24]",
    "mov rax, [rbx + {parameters} + 16]",
    "xor ebp, ebp",
    "call rax",
    "ud2",
    ".balign 8",
    "5:",
    ".quad 0",
    ".quad 0x00cf9b000000ffff", // code, 32-bit
    ".quad 0x00cf93000000ffff", // data
    ".quad 0x00af9b000000ffff", // code, 64-bit
    "trampoline_table:",
    ".word 31",
    ".long 5b - trampoline_start",
    "trampoline_end:",
    ".popsection",
    parameters = const PARAMETERS,
);

unsafe extern "C" {
    static trampoline_start: u8;
    static trampoline_end: u8;
    static trampoline_table: u8;
    static trampoline_jump_32: u8;
    static trampoline_jump_64: u8;
}

/// Takes two free pages below 1 MiB and puts the code into the first; it is to be mapped as code from
/// now on, the second as data.
pub fn place(info: &mut BootInfo) -> Range {
    let starts = (1..159).rev().map(|number| number * PAGE);
    let is_free = |pages: Range| {
        let holds = |(kind, range): &(MemoryKind, Range)| {
            matches!(kind, MemoryKind::Usable | MemoryKind::Reclaimable)
                && range.start <= pages.start
                && pages.end <= range.end
        };
        info.memory.iter().any(holds) && !info.occupied.iter().any(|other| other.overlaps(pages))
    };
    let mut candidates = starts.map(|start| Range { start, end: start + 2 * PAGE });
    let Some(pages) = candidates.find(|pages| is_free(*pages)) else {
        stop!("no free memory below 1 MiB, where the other processors could start");
    };
    let start = &raw const trampoline_start;
    let offset = |place: *const u8| place as u64 - start as u64;
    let size = offset(&raw const trampoline_end) as usize;
    // SAFETY: the code fits into a page; the pages are free memory that the tables in use map to
    // itself. What firmware may have kept there ended with its boot services.
    unsafe {
        core::ptr::write_bytes(pages.start as *mut u8, 0, pages.size() as usize);
        core::ptr::copy_nonoverlapping(start, pages.start as *mut u8, size);
    }
    for place in [
        offset(&raw const trampoline_table) + 2,
        offset(&raw const trampoline_jump_32),
        offset(&raw const trampoline_jump_64),
    ] {
        let word = (pages.start + place) as *mut u32;
        // SAFETY: the word is in the code that was just copied, and holds an offset in it.
        unsafe { word.write_unaligned(word.read_unaligned() + pages.start as u32) }
    }
    pages
}

/// Writes the parameters.
pub fn set(pages: Range, parameters: &Parameters) {
    let place = (pages.start + PARAMETERS as u64) as *mut Parameters;
    // SAFETY: the second page is for this and mapped as data.
    unsafe { place.write_volatile(*parameters) }
}

/// Starts the processors with these local APIC numbers: INIT, then twice the page's number (AMD APM
/// volume 2, section 16.5; Intel MultiProcessor Specification 1.4, section B.4).
pub fn start(pages: Range, numbers: &[u8], local_apic: u64, clock: &Clock) {
    const INIT: u32 = 0x0000_4500;
    const START: u32 = 0x0000_4600;
    let send = |number: u8, command: u32| {
        // SAFETY: the APIC's page is mapped to itself; the commands concern other processors, which
        // run the code of `place` with the parameters of `set`.
        unsafe {
            ((local_apic + COMMAND_HIGH) as *mut u32).write_volatile(u32::from(number) << 24);
            ((local_apic + COMMAND_LOW) as *mut u32).write_volatile(command);
        }
    };
    let page = (pages.start / PAGE) as u32;
    numbers.iter().for_each(|number| send(*number, INIT));
    wait(clock, 10_000);
    for _ in 0..2 {
        numbers.iter().for_each(|number| send(*number, START | page));
        wait(clock, 300);
    }
}
