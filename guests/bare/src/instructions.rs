//! Single instructions that cannot fault here. Those that can are in [`fault`](crate::fault).

use core::arch::asm;
use core::arch::x86_64::{__cpuid_count, _rdtsc, CpuidResult};

/// The time stamp counter.
pub fn now() -> u64 {
    // SAFETY: nothing forbids reading it at level 0.
    unsafe { _rdtsc() }
}

/// CPUID.
pub fn cpuid(leaf: u32, subleaf: u32) -> CpuidResult {
    __cpuid_count(leaf, subleaf)
}

/// Reads a byte from a port.
pub fn input(port: u16) -> u8 {
    let value;
    // SAFETY: at level 0 every port can be read; none of them changes this program's memory.
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nomem, nostack)) };
    value
}

/// Reads four bytes from a port.
pub fn input_long(port: u16) -> u32 {
    let value;
    // SAFETY: as `input`.
    unsafe { asm!("in eax, dx", in("dx") port, out("eax") value, options(nomem, nostack)) };
    value
}

/// Writes a byte to a port.
pub fn output(port: u16, value: u8) {
    // SAFETY: at level 0 every port can be written; callers name ports of devices that do no DMA.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack)) };
}

/// Writes four bytes to a port.
pub fn output_long(port: u16, value: u32) {
    // SAFETY: as `output`.
    unsafe { asm!("out dx, eax", in("dx") port, in("eax") value, options(nomem, nostack)) };
}

/// Lets interrupts come.
pub fn enable_interrupts() {
    // SAFETY: every vector has a handler.
    unsafe { asm!("sti", options(nostack)) };
}

/// Keeps interrupts away.
pub fn disable_interrupts() {
    // SAFETY: changes nothing but the flag.
    unsafe { asm!("cli", options(nostack)) };
}

/// Waits for an interrupt, with interrupts enabled, and disables them again.
pub fn halt() {
    // SAFETY: every vector has a handler; an interrupt cannot come between the first two.
    unsafe { asm!("sti", "hlt", "cli", options(nostack)) };
}

/// The root of the page tables in use.
pub fn read_cr3() -> u64 {
    let value;
    // SAFETY: reading changes nothing.
    unsafe { asm!("mov {}, cr3", out(reg) value, options(nomem, nostack)) };
    value
}

/// Uses other page tables.
///
/// # Safety
/// They must map what is used as it is mapped now.
pub unsafe fn write_cr3(root: u64) {
    // SAFETY: passed on to the caller.
    unsafe { asm!("mov cr3, {}", in(reg) root, options(nostack)) };
}

/// Reads four bytes of a device's memory.
///
/// # Safety
/// The address must be mapped.
pub unsafe fn read_memory(address: u64) -> u32 {
    let value;
    // One plain instruction: what a monitor has to decode is then the same whatever the compiler does.
    // SAFETY: passed on to the caller.
    unsafe { asm!("mov {:e}, [{}]", out(reg) value, in(reg) address, options(nostack, readonly)) };
    value
}

/// Writes four bytes of a device's memory.
///
/// # Safety
/// The address must be mapped, and nothing of this program be there.
pub unsafe fn write_memory(address: u64, value: u32) {
    // SAFETY: passed on to the caller.
    unsafe { asm!("mov [{}], {:e}", in(reg) address, in(reg) value, options(nostack)) };
}
