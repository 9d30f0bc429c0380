//! The I/O APIC (Intel 82093AA data sheet, section 3): lets one input interrupt.
//!
//! The input is level-triggered, as PCI's are, and its device takes the request back only when the
//! program looks at it. So the handler masks the input, and the program opens it again when it has
//! seen to the device.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::apic;
use crate::instructions::write_memory;
use crate::interrupts::DEVICE;

const SELECT: u64 = 0xfec0_0000;
const WINDOW: u64 = SELECT + 0x10;
/// The register of the first input's entry.
const FIRST_ENTRY: u32 = 0x10;
/// A PCI line: active while low, for as long as it is.
const LOW: u32 = 1 << 13;
const LEVEL: u32 = 1 << 15;
const MASKED: u32 = 1 << 16;

/// The input's number. Written by [`connect`].
static INPUT: AtomicU32 = AtomicU32::new(0);

/// Makes `input` interrupt this processor as [`DEVICE`] once it is opened. The local APIC has to be on,
/// used through memory.
pub fn connect(input: u8) {
    INPUT.store(input.into(), Ordering::Relaxed);
    write_entry(MASKED);
    write(entry() + 1, apic::read(apic::ID));
}

/// Lets the input interrupt, once.
pub fn open() {
    write_entry(0);
}

/// Keeps the input from interrupting.
pub fn mask() {
    write_entry(MASKED);
}

fn entry() -> u32 {
    FIRST_ENTRY + 2 * INPUT.load(Ordering::Relaxed)
}

fn write_entry(mask: u32) {
    write(entry(), mask | LEVEL | LOW | u32::from(DEVICE));
}

fn write(register: u32, value: u32) {
    // SAFETY: all of the first 4 GiB is mapped, and the program is not there. An interrupt between
    // the two writes would select another register; callers hold interrupts off.
    unsafe {
        write_memory(SELECT, register);
        write_memory(WINDOW, value);
    }
}
