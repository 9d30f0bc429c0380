//! Bits of RFLAGS (Intel SDM volume 1, section 3.4.3).

/// Carry.
pub const CARRY: u64 = 1 << 0;
/// Always 1.
pub const FIXED: u64 = 1 << 1;
/// Even parity of the low byte.
pub const PARITY: u64 = 1 << 2;
/// Carry out of bit 3.
pub const ADJUST: u64 = 1 << 4;
/// Result is zero.
pub const ZERO: u64 = 1 << 6;
/// Result is negative.
pub const SIGN: u64 = 1 << 7;
/// String instructions go down.
pub const DIRECTION: u64 = 1 << 10;
/// Signed overflow.
pub const OVERFLOW: u64 = 1 << 11;
/// The instruction continues after a fault: no instruction breakpoint on it.
pub const RESUME: u64 = 1 << 16;
/// Virtual-8086 mode.
pub const VIRTUAL_8086: u64 = 1 << 17;
/// Supervisor accesses to user pages are meant (SMAP).
pub const ACCESS: u64 = 1 << 18;

/// The flags that arithmetic sets.
pub const STATUS: u64 = CARRY | PARITY | ADJUST | ZERO | SIGN | OVERFLOW;
