//! The local APIC (AMD APM volume 2, chapter 16), through memory or through model-specific
//! registers.

use core::sync::atomic::{AtomicBool, Ordering};

use crate::fault::{read_msr, write_msr};
use crate::identity;
use crate::instructions::{read_memory, write_memory};
use crate::interrupts::{SELF, SPURIOUS};

/// Where its registers are.
pub const MEMORY: u64 = 0xfee0_0000;

/// The offset of its number.
pub const ID: u32 = 0x20;
/// The offset of the priority below which interrupts wait.
pub const TASK_PRIORITY: u32 = 0x80;
const END_OF_INTERRUPT: u32 = 0xb0;
const SPURIOUS_VECTOR: u32 = 0xf0;
const COMMAND: u32 = 0x300;
/// The offset of the timer's entry.
pub const TIMER_ENTRY: u32 = 0x320;
/// The offset of the timer's first count.
pub const INITIAL_COUNT: u32 = 0x380;
/// The offset of the timer's count.
pub const CURRENT_COUNT: u32 = 0x390;
/// The offset of the timer's divisor.
pub const DIVISOR: u32 = 0x3e0;
const SELF_INTERRUPT: u32 = 0x3f0;

/// IA32_APIC_BASE.
const BASE: u32 = 0x1b;
const ENABLED: u64 = 1 << 11;
const EXTENDED: u64 = 1 << 10;

/// Whether it is used through model-specific registers. Written by [`use_registers`].
static THROUGH_REGISTERS: AtomicBool = AtomicBool::new(false);

/// Switches it on, used through memory.
pub fn start() {
    // SAFETY: the APIC stays where it is.
    let _ = read_msr(BASE).and_then(|base| unsafe { write_msr(BASE, base | ENABLED) });
    write(SPURIOUS_VECTOR, 1 << 8 | u32::from(SPURIOUS));
}

/// Uses it through model-specific registers from now on, if the processor can.
pub fn use_registers() -> bool {
    if identity::has_x2apic() {
        let changed = read_msr(BASE)
            // SAFETY: all later accesses look at the flag that is set below.
            .and_then(|base| unsafe { write_msr(BASE, base | ENABLED | EXTENDED) });
        THROUGH_REGISTERS.store(changed.is_some(), Ordering::Relaxed);
        write(SPURIOUS_VECTOR, 1 << 8 | u32::from(SPURIOUS));
    }
    THROUGH_REGISTERS.load(Ordering::Relaxed)
}

/// The model-specific register for the register at `offset`.
pub const fn register(offset: u32) -> u32 {
    0x800 + (offset >> 4)
}

/// Reads a register.
pub fn read(offset: u32) -> u32 {
    if THROUGH_REGISTERS.load(Ordering::Relaxed) {
        return read_msr(register(offset)).unwrap_or_default() as u32;
    }
    // SAFETY: all of the first 4 GiB is mapped.
    unsafe { read_memory(MEMORY + u64::from(offset)) }
}

/// Writes a register.
pub fn write(offset: u32, value: u32) {
    if THROUGH_REGISTERS.load(Ordering::Relaxed) {
        // SAFETY: the APIC's registers reach no memory of this program.
        let _ = unsafe { write_msr(register(offset), value.into()) };
        return;
    }
    // SAFETY: all of the first 4 GiB is mapped, and the program is not there.
    unsafe { write_memory(MEMORY + u64::from(offset), value) };
}

/// Says that the interrupt is handled.
pub fn end_of_interrupt() {
    if THROUGH_REGISTERS.load(Ordering::Relaxed) {
        // Within an interrupt, which may have come in the middle of an attempt: no other one.
        // SAFETY: the register is there in this mode, and takes zero.
        unsafe {
            core::arch::asm!("wrmsr", in("ecx") register(END_OF_INTERRUPT), in("eax") 0, in("edx") 0,
                options(nostack));
        }
        return;
    }
    write(END_OF_INTERRUPT, 0);
}

/// Interrupts itself.
pub fn interrupt_self() {
    const TO_SELF: u32 = 0b01 << 18;
    if THROUGH_REGISTERS.load(Ordering::Relaxed) {
        write(SELF_INTERRUPT, SELF.into());
    } else {
        write(COMMAND, TO_SELF | u32::from(SELF));
    }
}
