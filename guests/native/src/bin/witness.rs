//! Records all that a component can see of time in its frames, and says a digest of it: the same in
//! two runs if nothing that others did reached it.

#![no_std]
#![no_main]

use core::arch::x86_64::_rdtsc;

use cloister_native::digest::Digest;
use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{Item, component, info, log, wait};

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

fn now() -> u64 {
    // SAFETY: reading the time stamp counter is allowed in ring 3.
    unsafe { _rdtsc() }
}
