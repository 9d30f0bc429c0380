//! Exceptions in our own code: each is a defect or a hardware fault, is reported with all that is
//! known, and ends the program (AMD APM volume 2, section 8.2).

use core::arch::naked_asm;
use core::sync::atomic::{AtomicBool, Ordering};

use x86_64::registers::control::{Cr0, Cr2, Cr3, Cr4};
use x86_64::registers::model_specific::Efer;

use crate::console::{self, Topic};
use crate::crash::{self, Cause};
use crate::processor::halt;
use crate::text::Text;

/// Number of interrupt vectors.
pub const VECTORS: usize = 256;

/// Bytes from one vector's stub to the next.
pub const STUB_SIZE: usize = 16;

/// What the stubs leave on the stack: general registers, then what the processor pushed.
#[derive(Debug)]
#[repr(C)]
pub struct Frame {
    r15: u64,
    r14: u64,
    r13: u64,
    r12: u64,
    r11: u64,
    r10: u64,
    r9: u64,
    r8: u64,
    rbp: u64,
    rdi: u64,
    rsi: u64,
    rdx: u64,
    rcx: u64,
    rbx: u64,
    rax: u64,
    /// The vector, 0 to 255.
    vector: u64,
    /// The processor's error code, or 0 where the vector has none.
    error_code: u64,
    rip: u64,
    cs: u64,
    rflags: u64,
    rsp: u64,
    ss: u64,
}

/// The architecture's name of an exception.
#[must_use]
pub const fn name(vector: u64) -> &'static str {
    match vector {
        0 => "divide error",
        1 => "debug exception",
        2 => "non-maskable interrupt",
        3 => "breakpoint",
        4 => "overflow",
        5 => "bound range exceeded",
        6 => "invalid opcode",
        7 => "device not available",
        8 => "double fault",
        10 => "invalid task state segment",
        11 => "segment not present",
        12 => "stack fault",
        13 => "general protection fault",
        14 => "page fault",
        16 => "x87 floating-point exception",
        17 => "alignment check",
        18 => "machine check",
        19 => "SIMD floating-point exception",
        20 => "virtualization exception",
        21 => "control-protection exception",
        28 => "hypervisor injection exception",
        29 => "VMM communication exception",
        30 => "security exception",
        9 | 15 | 22..=27 | 31 => "reserved exception",
        _ => "unexpected interrupt",
    }
}

/// Defines a function whose code is one stub for each vector, [`STUB_SIZE`] bytes apart: a stub pushes
/// a zero where the processor pushes no error code, then the vector, and goes on in `$common`.
#[macro_export]
macro_rules! exception_stubs {
    ($(#[$attribute:meta])* $visibility:vis $name:ident, $common:path) => {
        $(#[$attribute])*
        #[unsafe(naked)]
        $visibility unsafe extern "C" fn $name() {
            core::arch::naked_asm!(
                ".set vector, 0",
                ".rept {vectors}",
                ".balign {size}",
                // Vectors with an error code: 8, 10 to 14, 17, 21, 29, 30.
                ".if vector >= 32 || ((0x60227d00 >> vector) & 1) == 0",
                "push 0",
                ".endif",
                "push vector",
                "jmp {common}",
                ".set vector, vector + 1",
                ".endr",
                vectors = const $crate::exception::VECTORS,
                size = const $crate::exception::STUB_SIZE,
                common = sym $common,
            )
        }
    };
}

exception_stubs! {
    /// The stubs of a program that has no use for any exception: all are fatal.
    ///
    /// # Safety
    /// Reached from gates only.
    pub fatal_stubs, fatal
}

/// Saves the registers as [`Frame`] says and calls [`report`]. The stack is aligned to 16 bytes
/// here: 5 or 6 words by the processor, 2 or 1 by the stub, 15 by this code.
///
/// # Safety
/// Reached from a stub only.
#[unsafe(naked)]
pub unsafe extern "C" fn fatal() {
    naked_asm!(
        "cld", "push rax", "push rbx", "push rcx", "push rdx", "push rsi", "push rdi", "push rbp",
        "push r8", "push r9", "push r10", "push r11", "push r12", "push r13", "push r14",
        "push r15", "mov rdi, rsp", "call {report}", "ud2",
        report = sym report,
    )
}

/// Set while an exception is being reported: one within it must not be reported again.
static REPORTING: AtomicBool = AtomicBool::new(false);

extern "sysv64" fn report(frame: &Frame) -> ! {
    let fault_address = Cr2::read_raw();
    if REPORTING.swap(true, Ordering::Relaxed) {
        console::line(Topic::Exception, |line| line.text("another one while reporting it"));
        halt();
    }
    crash::record(&crash::Report {
        cause: Cause::Exception,
        vector: frame.vector,
        error_code: frame.error_code,
        rip: frame.rip,
        rsp: frame.rsp,
        fault_address,
        message: name(frame.vector),
    });
    console::line(Topic::Exception, |line| {
        line.text(name(frame.vector));
        line.text(" (vector ");
        line.decimal(frame.vector);
        line.text(", error code ");
        line.hexadecimal(frame.error_code);
        line.text(") at ");
        line.hexadecimal(frame.rip);
    });
    for group in registers(frame, fault_address) {
        console::line(Topic::Exception, |line| {
            for (name, value) in group {
                line.text(name);
                line.text(" ");
                line.hexadecimal(value);
                line.text("  ");
            }
        });
    }
    console::line(Topic::Exception, |line| line.text("the machine is stopped"));
    halt()
}

/// All registers, in lines as they are shown.
fn registers(frame: &Frame, fault_address: u64) -> [[(&'static str, u64); 3]; 9] {
    let (table, flags) = Cr3::read_raw();
    let cr3 = table.start_address().as_u64() | u64::from(flags);
    [
        [("rip   ", frame.rip), ("rsp   ", frame.rsp), ("rflags", frame.rflags)],
        [("cs    ", frame.cs), ("ss    ", frame.ss), ("cr2   ", fault_address)],
        [("cr0   ", Cr0::read_raw()), ("cr3   ", cr3), ("cr4   ", Cr4::read_raw())],
        [("efer  ", Efer::read_raw()), ("rax   ", frame.rax), ("rbx   ", frame.rbx)],
        [("rcx   ", frame.rcx), ("rdx   ", frame.rdx), ("rsi   ", frame.rsi)],
        [("rdi   ", frame.rdi), ("rbp   ", frame.rbp), ("r8    ", frame.r8)],
        [("r9    ", frame.r9), ("r10   ", frame.r10), ("r11   ", frame.r11)],
        [("r12   ", frame.r12), ("r13   ", frame.r13), ("r14   ", frame.r14)],
        [("r15   ", frame.r15), ("vector", frame.vector), ("error ", frame.error_code)],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_architectural_exception_has_its_own_name() {
        assert_eq!(name(14), "page fault");
        assert_eq!(name(2), "non-maskable interrupt");
        assert_eq!(name(255), "unexpected interrupt");
    }

    #[test]
    fn the_error_code_mask_names_the_architectures_vectors() {
        let with_code: std::vec::Vec<_> =
            (0..32).filter(|v| 0x6022_7d00_u32 >> v & 1 == 1).collect();
        assert_eq!(with_code, [8, 10, 11, 12, 13, 14, 17, 21, 29, 30]);
    }
}
