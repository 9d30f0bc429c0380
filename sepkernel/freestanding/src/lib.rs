//! The symbols that a Rust program without an operating system must bring itself.
//!
//! The prebuilt `core` calls the C memory functions, and names the unwinder although nothing here
//! unwinds. Only bare-metal programs link this crate: on the host it would replace the C
//! library's functions. They are written with string instructions, so that the compiler cannot
//! turn their bodies into calls of themselves; no vector register is used.

#![no_std]

use core::arch::asm;

/// Bytes of a word.
const WORD: usize = 8;

/// Named by the prebuilt `core`; never called, as every bare-metal program aborts on panic.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// Named by the prebuilt `core`; never called, as every bare-metal program aborts on panic.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() {}

/// C `memcpy`.
///
/// # Safety
/// As in C: `source` is readable and `destination` writable for `count` bytes, without overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcpy(destination: *mut u8, source: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller vouches for both ranges; the ABI keeps the direction flag clear. Whole words
    // first: an emulator takes as long for a byte as for a word.
    unsafe {
        asm!("rep movsq", "mov ecx, {rest:e}", "rep movsb", rest = in(reg) count % WORD,
            inout("rcx") count / WORD => _, inout("rdi") destination => _,
            inout("rsi") source => _, options(nostack, preserves_flags));
    }
    destination
}

/// C `memmove`.
///
/// # Safety
/// As in C: `source` is readable and `destination` writable for `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memmove(destination: *mut u8, source: *const u8, count: usize) -> *mut u8 {
    if (destination as usize).wrapping_sub(source as usize) >= count {
        // SAFETY: the destination does not begin inside the source, so copying upwards reads each
        // byte before it is overwritten.
        return unsafe { memcpy(destination, source, count) };
    }
    // SAFETY: the caller vouches for both ranges; copying downwards from their last bytes reads
    // each byte before it is overwritten, as the source begins below the destination.
    unsafe {
        asm!("std", "rep movsb", "cld", inout("rcx") count => _,
            inout("rdi") destination.wrapping_add(count).wrapping_sub(1) => _,
            inout("rsi") source.wrapping_add(count).wrapping_sub(1) => _, options(nostack));
    }
    destination
}

/// C `memset`.
///
/// # Safety
/// As in C: `destination` is writable for `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memset(destination: *mut u8, value: i32, count: usize) -> *mut u8 {
    // SAFETY: the caller vouches for the range; C uses the low byte of `value`.
    unsafe {
        asm!("rep stosq", "mov ecx, {rest:e}", "rep stosb", rest = in(reg) count % WORD,
            inout("rcx") count / WORD => _, inout("rdi") destination => _,
            in("rax") u64::from_le_bytes([value.to_le_bytes()[0]; WORD]),
            options(nostack, preserves_flags));
    }
    destination
}

/// C `memcmp`.
///
/// # Safety
/// As in C: `left` and `right` are readable for `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    let difference: i32;
    // SAFETY: the caller vouches for both ranges. The flags are set by a comparison of a register
    // with itself first, so that no bytes compare as equal.
    unsafe {
        asm!("cmp eax, eax", "repe cmpsb", "seta al", "setb cl", "sub al, cl", "movsx eax, al",
            inout("rcx") count => _, inout("rsi") left => _, inout("rdi") right => _,
            out("eax") difference, options(nostack));
    }
    difference
}

/// BSD `bcmp`.
///
/// # Safety
/// As [`memcmp`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    // SAFETY: the same contract.
    unsafe { memcmp(left, right, count) }
}

/// C `strlen`, which `core::ffi::CStr` names.
///
/// # Safety
/// As in C: `string` ends with a zero byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn strlen(string: *const u8) -> usize {
    let mut length = 0;
    // SAFETY: no byte behind the zero is read.
    while unsafe { string.wrapping_add(length).read_volatile() } != 0 {
        length = length.wrapping_add(1);
    }
    length
}
