//! Records all that a component can see of time in its frames, and of registers that it does not use
//! itself, and says a digest of it: the same in
//! two runs if nothing that others did reached it.

#![no_std]
#![no_main]

use core::arch::asm;

use cloister_native::digest::Digest;
use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{Item, component, info, log, now, wait};

/// Frames that are recorded.
const FRAMES: u64 = 40;
/// Readings of the clock in each frame.
const READINGS: u64 = 500;

component!(main);

fn main(_: &'static InfoPage) -> ! {
    wait(FRAME_EVENT);
    let origin = info(Item::FrameStart);
    let mut digest = Digest::new();
    for frame in 1..=FRAMES {
        let events = wait(u64::MAX);
        digest.add(events);
        registers().into_iter().for_each(|register| digest.add(register));
        digest.add(info(Item::FrameStart).wrapping_sub(origin));
        digest.add(info(Item::FrameEnd).wrapping_sub(origin));
        for _ in 0..READINGS {
            digest.add(now().wrapping_sub(origin));
        }
        if frame % 10 == 0 {
            log!("witness {frame} {:016x}", digest.0);
        }
    }
    log!("witness done");
    loop {
        wait(FRAME_EVENT);
    }
}

/// What others may have left: data segments' selectors, x87 control, status, tags and pointers, a vector
/// register.
fn registers() -> [u64; 11] {
    let (data, extra, fourth, fifth, vector): (u64, u64, u64, u64, u64);
    let mut environment = [0_u32; 7];
    // SAFETY: stores registers, the x87 ones to memory of their size; the program does not use x87.
    unsafe {
        asm!("mov {data:r}, ds", "mov {extra:r}, es", "mov {fourth:r}, fs", "mov {fifth:r}, gs",
            "movq {vector}, xmm15", "fnstenv [{environment}]",
            data = out(reg) data, extra = out(reg) extra, fourth = out(reg) fourth,
            fifth = out(reg) fifth, vector = out(reg) vector,
            environment = in(reg) environment.as_mut_ptr(), options(nostack));
    }
    let [control, status, tags, place, segment, operand, _] = environment.map(u64::from);
    [data, extra, fourth, fifth, vector, control, status, tags, place, segment, operand]
}
