//! Where things are in the resident kernel's address space.
//!
//! The lower half belongs to the boot program until lock, and is empty from then on. The kernel
//! lives in the top 2 GiB; no part of it maps physical memory at large.

/// The kernel's own image. `kernel.ld` has the same number.
pub const KERNEL_IMAGE: u64 = 0xffff_ffff_8000_0000;

/// Stacks, each with an unmapped page below it.
pub const STACKS: u64 = 0xffff_ffff_c000_0000;

/// The framebuffer, for the boot log and a last message.
pub const FRAMEBUFFER: u64 = 0xffff_ffff_d000_0000;

/// The largest framebuffer that fits: 3840 x 2160 pixels of 32 bits take 33 MiB.
pub const FRAMEBUFFER_SPACE: u64 = 0x1000_0000;

/// The tables that the kernel runs by.
pub const TABLES: u64 = 0xffff_ffff_a000_0000;

/// The audit records and time counters of all processors, which the policy's reader sees.
pub const AUDIT: u64 = 0xffff_ffff_b000_0000;

/// The local APIC of the processor that reads or writes there.
pub const LOCAL_APIC: u64 = 0xffff_ffff_e000_0000;

/// Where IOMMUs note what they refused: four pages each, for each of them.
pub const FAULT_LOGS: u64 = 0xffff_ffff_e800_0000;

/// The page of the crash record.
pub const CRASH_RECORD: u64 = 0xffff_ffff_f000_0000;

/// Bytes of the stack on which the kernel runs.
pub const KERNEL_STACK: u64 = 64 * 1024;

/// Bytes of each stack for exceptions.
pub const EXCEPTION_STACK: u64 = 8 * 1024;

/// Bytes of a page.
pub const PAGE: u64 = 4096;
