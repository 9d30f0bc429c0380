//! The local APIC: timer and end of interrupt (AMD APM volume 2, chapter 16).

use cloister_hardware::layout::LOCAL_APIC;
use cloister_hardware::local_apic::{
    COMMAND_HIGH, COMMAND_LOW, DIVIDE, DIVIDE_BY_ONE, END_OF_INTERRUPT, INITIAL_COUNT, NUMBER,
    SPURIOUS_VECTOR, TASK_PRIORITY, TIMER_ENTRY,
};
use cloister_tables::FIRST_DEVICE_VECTOR;

/// Vector of the timer.
pub const TIMER: u8 = 0xe0;
/// Vector by which another processor says that events may be pending, in a priority class below the timer's.
pub const WAKE_UP: u8 = 0xd0;
/// Vector of interrupts that the APIC withdrew.
pub const SPURIOUS: u8 = 0xff;

/// Switches this processor's APIC on, with a one-shot timer that counts at the full rate.
pub fn initialize() {
    const ENABLE: u32 = 1 << 8;
    write(SPURIOUS_VECTOR, ENABLE | u32::from(SPURIOUS));
    admit(Admitted::Nothing);
    write(DIVIDE, DIVIDE_BY_ONE);
    write(TIMER_ENTRY, u32::from(TIMER));
}

/// What may interrupt, beside the timer. The rest stays pending in the APIC, by its priority class (AMD APM volume 2,
/// section 16.6.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admitted {
    /// While a program runs, anything would take time from it.
    Nothing = WAKE_UP as isize,
    /// Other processors' wake-ups.
    WakeUps = FIRST_DEVICE_VECTOR as isize,
    /// Devices too: in the frames of their owner.
    Devices = 0,
}

/// Lets that come, and holds the rest back.
pub fn admit(admitted: Admitted) {
    write(TASK_PRIORITY, admitted as u32);
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
