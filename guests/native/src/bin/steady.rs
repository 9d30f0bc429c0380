//! Counts its own frames and says so now and then: who misses one shows that something disturbed it.

#![no_std]
#![no_main]

use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{component, log, wait};

/// Frames between two lines.
const INTERVAL: u64 = 50;

component!(main);

fn main(info: &'static InfoPage) -> ! {
    log!("{} channels", info.channel_count);
    let mut frames = 0_u64;
    loop {
        wait(FRAME_EVENT);
        frames += 1;
        if frames.is_multiple_of(INTERVAL) {
            log!("{frames} frames");
        }
    }
}
