//! Counts its own frames and says so now and then: who misses one shows that something disturbed it.

#![no_std]
#![no_main]

use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{Item, component, info, log, wait};

/// Frames between two lines.
const INTERVAL: u64 = 50;

component!(main);

/// It has one frame in each major frame.
fn main(page: &'static InfoPage) -> ! {
    log!("{} channels", page.channel_count);
    wait(FRAME_EVENT);
    let mut frames = 1_u64;
    let mut last = info(Item::FrameStart);
    loop {
        wait(FRAME_EVENT);
        frames += 1;
        let start = info(Item::FrameStart);
        if start.wrapping_sub(last) != page.major_frame {
            log!("missed a frame before {frames}");
        }
        last = start;
        if frames.is_multiple_of(INTERVAL) {
            log!("{frames} frames");
        }
    }
}
