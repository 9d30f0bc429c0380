//! I/O ports that the policy gives to this component. Any other one is a fault, which ends it.

use core::arch::asm;

/// Reads a byte.
pub fn read(port: u16) -> u8 {
    let value;
    // SAFETY: devices at ports that components may have do not touch memory.
    unsafe {
        asm!("in al, dx", out("al") value, in("dx") port, options(nomem, nostack, preserves_flags));
    }
    value
}

/// Writes a byte.
pub fn write(port: u16, value: u8) {
    // SAFETY: as above.
    unsafe {
        asm!("out dx, al", in("al") value, in("dx") port, options(nomem, nostack, preserves_flags));
    }
}

/// Writes two bytes at once.
pub fn write_word(port: u16, value: u16) {
    // SAFETY: as above.
    unsafe {
        asm!("out dx, ax", in("ax") value, in("dx") port, options(nomem, nostack, preserves_flags));
    }
}
