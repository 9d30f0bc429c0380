//! Copies by the processor's string instructions: a loop of 8 bytes at a time reaches a fraction of what
//! memory gives.

#![allow(unsafe_code, reason = "memory that others write is no slice of bytes")]

use core::arch::asm;

use super::AtomicU64;

/// Copies bytes out of words, from this byte on. What lies beyond the words is left out.
///
/// Nothing is said of the order in which bytes are read, nor that a word is read at once: whoever changes
/// them meanwhile is to be found out afterwards, behind an acquire fence. Loads are made in program order,
/// those of a string instruction among them (Intel SDM volume 3, section 10.2.2; AMD APM volume 2, section
/// 7.2).
pub fn load(words: &[AtomicU64], offset: usize, bytes: &mut [u8]) {
    let length = bytes.len().min(size_of_val(words).saturating_sub(offset));
    // SAFETY: from `offset` on there are so many bytes in the words, if any, and there is room for them. An
    // atomic's memory may change while it is read, and a volatile copy takes whatever is there.
    unsafe { copy(words.as_ptr().cast::<u8>().wrapping_add(offset), bytes.as_mut_ptr(), length) }
}

/// Copies bytes into words, from this byte on; the others stay. What lies beyond the words is left out.
///
/// Whoever reads them meanwhile finds any mixture of old and new bytes. The stores come after earlier ones
/// and before later ones (the same; for string instructions Intel SDM volume 3, section 10.2.4).
pub fn store(words: &[AtomicU64], offset: usize, bytes: &[u8]) {
    let length = bytes.len().min(size_of_val(words).saturating_sub(offset));
    let to = words.as_ptr().cast::<u8>().cast_mut().wrapping_add(offset);
    // SAFETY: from `offset` on there are so many bytes in the words, if any. An atomic may be written through a
    // shared reference, and all who hold one to these know that they change.
    unsafe { copy(bytes.as_ptr(), to, length) }
}

/// Copies whole words first, then what is left; the compiler can neither repeat nor leave out any of it.
///
/// # Safety
/// So many bytes can be read there and written here.
unsafe fn copy(from: *const u8, to: *mut u8, length: usize) {
    const WORD: usize = 8;
    // SAFETY: passed on to the caller. The direction flag is clear, as the calling convention says.
    unsafe {
        asm!("rep movsq", "mov ecx, {rest:e}", "rep movsb", rest = in(reg) length % WORD,
            inout("rcx") length / WORD => _, inout("rdi") to => _, inout("rsi") from => _,
            options(nostack, preserves_flags));
    }
}
