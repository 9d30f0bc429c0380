//! Into the guest and back (AMD APM volume 2, section 15.5).

use core::arch::{asm, naked_asm};

/// Keeps what `VMLOAD` will bring back after each exit: FS, GS, TR, LDTR and the registers of
/// `SYSCALL` and `SYSENTER`.
///
/// # Safety
/// The extension must be enabled, and the page be the kernel's.
pub unsafe fn save_host(page: u64) {
    // SAFETY: passed on to the caller.
    unsafe { asm!("vmsave rax", in("rax") page, options(nostack)) }
}

/// Runs the guest of the control block at the physical address `block` until an exit.
///
/// Interrupts: physical ones end the guest's run as the host's flag is set while it runs, and stay
/// pending, since the kernel clears the flag before the global one is set again.
///
/// # Safety
/// The control block must confine the guest; `registers` are the guest's by number, without RAX
/// and RSP, which are in the control block; `host` is the page of [`save_host`].
#[unsafe(naked)]
pub unsafe extern "sysv64" fn enter(block: u64, registers: *mut [u64; 16], host: u64) {
    naked_asm!(
        "push rbx",
        "push rbp",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "push rdx",
        "push rsi",
        "mov rax, rdi",
        "clgi",
        "sti",
        "vmload rax",
        "mov rcx, [rsi + 8]",
        "mov rdx, [rsi + 16]",
        "mov rbx, [rsi + 24]",
        "mov rbp, [rsi + 40]",
        "mov rdi, [rsi + 56]",
        "mov r8, [rsi + 64]",
        "mov r9, [rsi + 72]",
        "mov r10, [rsi + 80]",
        "mov r11, [rsi + 88]",
        "mov r12, [rsi + 96]",
        "mov r13, [rsi + 104]",
        "mov r14, [rsi + 112]",
        "mov r15, [rsi + 120]",
        "mov rsi, [rsi + 48]",
        "vmrun rax",
        "cli",
        "vmsave rax",
        "xchg rsi, [rsp]",
        "mov [rsi + 8], rcx",
        "mov [rsi + 16], rdx",
        "mov [rsi + 24], rbx",
        "mov [rsi + 40], rbp",
        "pop qword ptr [rsi + 48]",
        "mov [rsi + 56], rdi",
        "mov [rsi + 64], r8",
        "mov [rsi + 72], r9",
        "mov [rsi + 80], r10",
        "mov [rsi + 88], r11",
        "mov [rsi + 96], r12",
        "mov [rsi + 104], r13",
        "mov [rsi + 112], r14",
        "mov [rsi + 120], r15",
        "pop rax",
        "vmload rax",
        "stgi",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbp",
        "pop rbx",
        "ret",
    )
}

/// Takes the physical interrupt that ended the guest's run.
pub fn take_interrupt() {
    // SAFETY: the stub acknowledges the interrupt and changes nothing.
    unsafe { asm!("sti", "nop", "cli", options(nostack)) }
}
