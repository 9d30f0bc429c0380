//! The local APIC: timer and end of interrupt (AMD APM volume 2, chapter 16).

use cloister_hardware::layout::LOCAL_APIC;
use cloister_hardware::local_apic::{
    COMMAND_HIGH, COMMAND_LOW, DIVIDE, DIVIDE_BY_ONE, END_OF_INTERRUPT, INITIAL_COUNT, NUMBER,
    SPURIOUS_VECTOR, TASK_PRIORITY, TIMER_ENTRY,
};

/// Vector of the timer.
pub const TIMER: u8 = 0xe0;
/// Vector by which another processor says that events may be pending; the lowest that is used, in a
/// priority class below the timer's.
pub const WAKE_UP: u8 = 0xd0;
/// Vector of interrupts that the APIC withdrew.
pub const SPURIOUS: u8 = 0xff;

/// Switches this processor's APIC on, with a one-shot timer that counts at the full rate.
pub fn initialize() {
    const ENABLE: u32 = 1 << 8;
    write(SPURIOUS_VECTOR, ENABLE | u32::from(SPURIOUS));
    admit_wake_ups(false);
    write(DIVIDE, DIVIDE_BY_ONE);
    write(TIMER_ENTRY, u32::from(TIMER));
}

/// Lets other processors' wake-ups come, or holds them back: while a program runs they would take time
/// from it, whoever they are for. They stay pending in the APIC (AMD APM volume 2, section 16.6.4).
pub fn admit_wake_ups(admitted: bool) {
    write(TASK_PRIORITY, if admitted { 0 } else { u32::from(WAKE_UP) });
}

/// Raises the timer's interrupt after `count` ticks; 0 stops the timer.
pub fn arm(count: u32) {
    write(INITIAL_COUNT, count);
}

/// This processor's number.
pub fn number() -> u8 {
    // SAFETY: the boot program mapped the APIC's page there, uncached.
    let register = unsafe { (LOCAL_APIC.wrapping_add(NUMBER) as *const u32).read_volatile() };
    let [number, ..] = register.to_be_bytes();
    number
}

/// Interrupts the processor whose APIC has this number.
pub fn wake_up(processor: u8) {
    write(COMMAND_HIGH, u32::from(processor) << 24);
    write(COMMAND_LOW, u32::from(WAKE_UP));
}

/// Says that the interrupt in service has been handled.
pub fn end_of_interrupt() {
    write(END_OF_INTERRUPT, 0);
}

fn write(register: u64, value: u32) {
    // SAFETY: the boot program mapped the APIC's page there, uncached; its registers change
    // nothing in memory.
    unsafe { (LOCAL_APIC.wrapping_add(register) as *mut u32).write_volatile(value) }
}
