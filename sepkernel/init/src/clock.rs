//! Finds out how fast the processor's clocks run, against one whose rate the PC fixes.

use core::arch::x86_64::_rdtsc;

use cloister_hardware::local_apic::{CURRENT_COUNT, DIVIDE, DIVIDE_BY_ONE, INITIAL_COUNT};
use cloister_tables::Clock;
use x86_64::instructions::port::Port;
use x86_64::registers::model_specific::Msr;

use crate::stop;

/// Rate of the 8254's input, which every PC has: 105/88 MHz.
const PIT_RATE: u64 = 1_193_182;
/// Ticks of the 8254 that are counted: some 20 ms.
const PIT_COUNT: u16 = 23_864;

const APIC_BASE: u32 = 0x1b;

/// Physical address of the local APIC's registers.
pub fn local_apic() -> u64 {
    const X2APIC: u64 = 1 << 10;
    const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
    // SAFETY: every x86-64 processor has this register (AMD APM volume 2, section 16.3.1).
    let base = unsafe { Msr::new(APIC_BASE).read() };
    if base & X2APIC != 0 {
        stop!("the firmware left the local APIC in x2APIC mode; switch that off in its set-up");
    }
    base & ADDRESS
}

/// The time stamp counter.
pub fn now() -> u64 {
    // SAFETY: the counter can be read everywhere.
    unsafe { _rdtsc() }
}

/// Spins for so many microseconds.
pub fn wait(clock: &Clock, microseconds: u64) {
    let end = now() + clock.ticks_per_second * microseconds / 1_000_000;
    while now() < end {
        core::hint::spin_loop();
    }
}

/// Counts both clocks for a fixed time.
pub fn calibrate(local_apic: u64) -> Clock {
    let register = |offset: u64| (local_apic + offset) as *mut u32;
    // SAFETY: the APIC's page is mapped to itself; its timer raises no interrupt, as it is masked
    // from reset, and interrupts are off.
    unsafe {
        register(DIVIDE).write_volatile(DIVIDE_BY_ONE);
        register(INITIAL_COUNT).write_volatile(u32::MAX);
    }
    start_pit();
    // SAFETY: as above.
    let read = || (now(), unsafe { register(CURRENT_COUNT).read_volatile() });
    let (ticks_before, count_before) = read();
    wait_for_pit();
    let (ticks_after, count_after) = read();
    // SAFETY: as above.
    unsafe { register(INITIAL_COUNT).write_volatile(0) };

    let ticks = ticks_after.wrapping_sub(ticks_before);
    let counted = u64::from(count_before.wrapping_sub(count_after));
    if ticks == 0 || counted == 0 {
        stop!("the processor's clocks do not run");
    }
    let rate = u128::from(ticks) * u128::from(PIT_RATE) / u128::from(PIT_COUNT);
    let ratio = (u128::from(counted) << 32).div_ceil(u128::from(ticks));
    Clock { ticks_per_second: rate as u64, timer_ratio: ratio as u64 }
}

/// Keeps the old interrupt controllers silent: nothing here uses them (8259A, OCW1).
pub fn mask_old_interrupts() {
    for port in [0x21, 0xa1] {
        // SAFETY: masking takes interrupts away and changes no memory.
        unsafe { Port::<u8>::new(port).write(0xff) }
    }
}

/// Starts channel 2 of the 8254, which ends at zero with its output high.
fn start_pit() {
    // SAFETY: channel 2 is wired to the loudspeaker only, which stays off.
    unsafe {
        let mut control = Port::<u8>::new(0x61);
        let value = control.read();
        control.write(value & !0b10 | 0b01);
        Port::<u8>::new(0x43).write(0b1011_0000);
        let [low, high] = PIT_COUNT.to_le_bytes();
        Port::<u8>::new(0x42).write(low);
        Port::<u8>::new(0x42).write(high);
    }
}

fn wait_for_pit() {
    /// Reads of the output; each takes about a microsecond, so this is some seconds.
    const PATIENCE: u32 = 5_000_000;
    // SAFETY: reading the port changes nothing.
    let output = || unsafe { Port::<u8>::new(0x61).read() } & 0x20 != 0;
    if !(0..PATIENCE).any(|_| output()) {
        stop!("the machine's timer (8254) does not run");
    }
}
